"""Who is on a capture, with reasons, from real recordings."""

from pathlib import Path

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.identification import Survey, survey_capture
from hushgate.adapters.oui import shipped_oui_table
from hushgate.core.errors import ConfigError
from hushgate.core.identity import Kind
from tests.wire.frames import pcap, write

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests" / "data" / "recordings"
PROTOCOL = ROOT / "tests" / "data" / "protocol"
SHARED = ROOT.parent / "shared" / "data" / "pcaps"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared captures are not beside this checkout"
)


def survey(path: Path) -> Survey:
    return survey_capture(path, shipped_catalogue(), shipped_oui_table())


@pytest.mark.parametrize(
    ("path", "device", "model"),
    [
        *(
            pytest.param(path, "c4:95:00:e3:93:2f", "Echo", id=path.stem)
            for path in sorted(RECORDINGS.glob("echo-2018-L-*"))
        ),
        *(
            pytest.param(path, "4c:ef:c0:03:f2:38", "Echo", id=path.stem)
            for path in sorted(RECORDINGS.glob("echo-2018-S-*"))
        ),
        pytest.param(
            RECORDINGS / "echodot3-2019.pcap", "68:db:f5:90:19:64", "Echo Dot 3", id="Echo Dot 3"
        ),
        pytest.param(
            RECORDINGS / "homepod-2019-part1.pcap", "d4:a3:3d:6b:1e:97", "HomePod", id="HomePod"
        ),
        pytest.param(
            SHARED / "echo-2018-L-alexa.pcapng",
            "c4:95:00:e3:93:2f",
            "Echo",
            id="an Echo of which no name was captured",
            marks=needs_shared,
        ),
    ],
)
def test_speakers_are_named_with_evidence(path: Path, device: str, model: str) -> None:
    (found,) = [each for each in survey(path).devices if each.device == device]
    assert found.identity.is_speaker
    assert found.identity.model == model
    assert len(found.identity.evidence) >= 2


@needs_shared
@pytest.mark.parametrize(
    ("name", "device", "kind", "vendor"),
    [
        pytest.param(
            "ndpi-alexa-phone-app-1.pcapng", "78:f8:82:d3:fb:c2", Kind.PHONE, None, id="Alexa app"
        ),
        pytest.param(
            "ndpi-iphone-apple-mdns.pcap", "c4:61:8b:35:82:a9", Kind.PHONE, "apple", id="iPhone"
        ),
        pytest.param(
            "ndpi-iphone-apple-mdns.pcap", "d8:30:62:56:00:1c", Kind.COMPUTER, "apple", id="iMac"
        ),
        pytest.param(
            "ndpi-nest-log-sink.pcap", "18:b4:30:26:34:40", Kind.APPLIANCE, "nest", id="Nest logger"
        ),
    ],
)
def test_what_is_no_speaker_is_named_too(
    name: str, device: str, kind: Kind, vendor: str | None
) -> None:
    devices = survey(SHARED / name).devices
    (found,) = [each for each in devices if each.device == device]
    assert (found.identity.kind, found.identity.vendor) == (kind, vendor)
    assert not any(each.identity.is_speaker for each in devices)


def test_a_homepods_hellos_and_endpoints_are_listed() -> None:
    found = survey(RECORDINGS / "homepod-2019-part1.pcap")
    siri = [each for each in found.hellos if each.hello.sni == "guzzoni.apple.com"]
    assert len(siri) == 24
    assert {each.hello.alpn for each in siri} == {()}
    assert len({each.hello.ja4 for each in siri}) == 1
    roles = {
        each.name: each.endpoint.role.value for each in found.endpoints if each.endpoint is not None
    }
    assert roles["guzzoni.apple.com"] == roles["origin.guzzoni-apple.com.akadns.net"] == "voice"
    assert roles["mesu.apple.com"] == "update"
    assert roles["time-ios.g.aaplimg.com"] == "time"


@pytest.mark.parametrize(
    ("name", "sni", "alpn"),
    [
        ("zeek-quic-v2.pcap", None, ("h3",)),
        ("zeek-quic-chromium-115-api-cirrus.pcap", "api.cirrus-ci.com", ("h3",)),
    ],
)
def test_quic_hellos_are_listed(name: str, sni: str | None, alpn: tuple[str, ...]) -> None:
    (greeted,) = survey(PROTOCOL / name).hellos
    assert (greeted.hello.sni, greeted.hello.alpn) == (sni, alpn)
    assert greeted.hello.ja4.startswith("q13")


def test_a_router_is_no_device_of_its_own_kind() -> None:
    devices = survey(RECORDINGS / "homepod-2019-part1.pcap").devices
    (router,) = [each for each in devices if each.identity.kind is Kind.ROUTER]
    assert router.addresses == ("192.168.12.254",)


def test_an_empty_capture_shows_nobody(tmp_path: Path) -> None:
    found = survey(write(tmp_path / "x.pcap", pcap([])))
    assert (found.devices, found.hellos, found.endpoints) == ([], [], [])


def test_a_cut_capture_says_so(tmp_path: Path) -> None:
    data = (RECORDINGS / "homepod-2019-part1.pcap").read_bytes()
    found = survey(write(tmp_path / "x.pcap", data[:100_000]))
    assert found.devices
    assert len(found.complaints) == 1


def test_what_is_no_capture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        survey(write(tmp_path / "x.pcap", b"nothing"))
