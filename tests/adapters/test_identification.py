"""Who is on a capture, with reasons, from real recordings."""

import gzip
from pathlib import Path

import dns.message
import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.identification import Survey, survey_capture
from hushgate.adapters.oui import shipped_oui_table
from hushgate.adapters.pcapfile import read_packets
from hushgate.core.errors import ConfigError
from hushgate.core.identity import Kind
from hushgate.core.profiles import MAX_PROFILES
from tests.wire.frames import CLOUD_IP, captured, frame, interface, pcap, section, tcp, udp, write
from tests.wire.hellos import openssl_hello

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
    assert (router.device, router.addresses) == ("1e:f2:0c:cc:ed:1c", ("192.168.12.254",))


def test_a_router_of_a_short_capture_is_told_by_what_it_forwards() -> None:
    devices = survey(RECORDINGS / "echo-2018-S-how_old_are_you.pcapng").devices
    (router,) = [each for each in devices if each.identity.kind is Kind.ROUTER]
    assert (router.device, router.addresses) == ("70:3a:cb:6c:c6:8c", ("192.168.86.1",))
    assert router.identity.evidence[0] == "forwards packets of other networks"


HOMEPOD = RECORDINGS / "homepod-2019-part1.pcap"
HOMEPOD_MAC, HOMEPOD_IP = "d4:a3:3d:6b:1e:97", "192.168.12.118"


def strange(form: str) -> bytes:
    """The HomePod's capture as somebody else would have taken it."""
    frames = [(at / 1e9, data) for at, _, data in read_packets(HOMEPOD, [])]
    match form:
        case "vlan":
            return pcap((at, f[:12] + b"\x81\0\0\7" + f[12:]) for at, f in frames)
        case "qinq":
            tags = b"\x88\xa8\0\7\x81\0\0\x09"
            return pcap((at, f[:12] + tags + f[12:]) for at, f in frames)
        case "pppoe":
            head = b"\x88\x64\x11\0\0\1\0\0"
            kinds = {b"\x08\0": b"\0\x21", b"\x86\xdd": b"\0\x57"}
            return pcap(
                (at, f[:12] + head + kinds[f[12:14]] + f[14:])
                for at, f in frames
                if f[12:14] in kinds
            )
        case "cooked":
            head = b"\0\0\0\1\0\6"
            return pcap(
                ((at, head + f[6:12] + b"\0\0" + f[12:]) for at, f in frames), link_type=113
            )
        case "cooked 2":
            return pcap(
                (
                    (at, f[12:14] + bytes(6) + b"\0\1\0\6" + f[6:12] + b"\0\0" + f[14:])
                    for at, f in frames
                ),
                link_type=276,
            )
        case "gzip":
            return gzip.compress(HOMEPOD.read_bytes())
        case "pcapng":
            packets = (captured(round(at * 1e6), f) for at, f in frames)
            return section() + interface() + b"".join(packets)
    raise AssertionError(form)


@pytest.mark.parametrize("form", ["vlan", "qinq", "pppoe", "cooked", "cooked 2", "gzip", "pcapng"])
def test_it_does_not_matter_how_a_capture_was_taken(tmp_path: Path, form: str) -> None:
    found = survey(write(tmp_path / "strange.pcap", strange(form)))
    (home_pod,) = [each for each in found.devices if each.device == HOMEPOD_MAC]
    assert (home_pod.identity.kind, home_pod.identity.vendor) == (Kind.SPEAKER, "apple")
    assert HOMEPOD_IP in home_pod.addresses
    assert [each.hello for each in found.hellos] == [each.hello for each in survey(HOMEPOD).hellos]
    assert found.complaints == []


def test_without_hardware_addresses_a_homepod_is_known_by_what_it_does(tmp_path: Path) -> None:
    packets = [
        (at / 1e9, data[14:])
        for at, _, data in read_packets(HOMEPOD, [])
        if data[12:14] in (b"\x08\0", b"\x86\xdd")
    ]
    found = survey(write(tmp_path / "tunnel.pcap", pcap(packets, link_type=101)))
    assert HOMEPOD_IP in {each.device for each in found.devices}
    assert len(found.hellos) == len(survey(HOMEPOD).hellos)


def test_a_short_snap_length_loses_hellos_and_is_no_fault(tmp_path: Path) -> None:
    packets = [(at / 1e9, data) for at, _, data in read_packets(HOMEPOD, [])]
    found = survey(write(tmp_path / "short.pcap", pcap(packets, snap=96)))
    assert HOMEPOD_MAC in {each.device for each in found.devices}


ECHO, ROUTER = "fc:65:de:00:00:01", "02:00:00:00:00:fe"
ALEXA = "avs-alexa-4-na.amazon.com"


def asks(address: str, server: str = "2001:db8::1") -> bytes:
    """A frame with the question of an Echo."""
    question = dns.message.make_query(ALEXA, "A").to_wire()
    return frame(ECHO, ROUTER, udp((address, 40000), (server, 53), question))


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([asks("2001:db8::7")], id="only a public IPv6 address"),
        pytest.param([asks("fd00::7"), asks("2001:db8::7")], id="two IPv6 addresses"),
        pytest.param(
            [asks("2001:db8::7"), asks("192.168.1.7", "192.168.1.1")], id="IPv4 after IPv6"
        ),
    ],
)
def test_all_addresses_of_a_device_are_one_device(tmp_path: Path, frames: list[bytes]) -> None:
    found = survey(write(tmp_path / "x.pcap", pcap((0.0, each) for each in frames)))
    (echo,) = found.devices
    assert (echo.device, len(echo.addresses)) == (ECHO, len(frames))
    assert echo.identity.is_speaker
    assert {(each.device, each.name) for each in found.endpoints} == {(ECHO, ALEXA)}


def test_each_device_can_be_told_by_an_address() -> None:
    (client,) = survey(PROTOCOL / "zeek-quic-chromium-115-api-cirrus.pcap").devices
    assert client.addresses == (client.device,)


def test_behind_the_router_a_home_is_one_address_and_no_speaker(tmp_path: Path) -> None:
    home = "198.51.100.7"
    names = ("alexa.na.gateway.devices.a2z.com", "guzzoni.apple.com", "www.google.com")
    frames = [
        (float(number), frame("02:00:00:00:00:01", "02:00:00:00:00:02", data))
        for number, data in enumerate(
            tcp((home, 40000 + port), (CLOUD_IP, 443), openssl_hello(name))
            for port, name in enumerate(names)
        )
    ]
    found = survey(write(tmp_path / "wan.pcap", pcap(frames)))
    (router,) = [each for each in found.devices if each.device == home]
    assert router.identity.kind is Kind.ROUTER
    assert "cannot be told apart" in router.identity.evidence[0]
    assert {each.name for each in found.endpoints} == set(names)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"<html>", "not a capture", id="a page"),
        pytest.param(b"\x28\xb5\x2f\xfdxx", "packed with zstd", id="zstd"),
        pytest.param(pcap([(0.0, bytes(60))], link_type=127), "in the air", id="monitor mode"),
        pytest.param(pcap([(0.0, bytes(60))], link_type=249), "link type 249", id="USB"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        survey(write(tmp_path / "capture", data))


def test_half_a_packed_capture_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    half = gzip.compress(HOMEPOD.read_bytes())[:200_000]
    found = survey(write(tmp_path / "half.pcap.gz", half))
    assert HOMEPOD_MAC in {each.device for each in found.devices}
    assert "damaged" in found.complaints[0]


@pytest.mark.parametrize("most", [pytest.param(1, id="within"), pytest.param(0, id="beyond")])
def test_the_shape_of_speech_names_an_echo_within_a_bound_of_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("hushgate.adapters.identification._MOST_JUDGED", most)
    recording = RECORDINGS / "echo-2018-L-what_is_your_favorite_hobby.pcapng"
    frames = [(at / 1e9, data) for at, _, data in read_packets(recording, [])]
    minute = [(at, data) for at, data in frames if at < frames[0][0] + 60]
    (echo,) = survey(write(tmp_path / "x.pcap", pcap(minute))).devices
    assert echo.identity.is_speaker is bool(most)
    assert any("shape of speech" in reason for reason in echo.identity.evidence) is bool(most)


def test_a_speaker_is_told_however_many_strangers_come_after_it(tmp_path: Path) -> None:
    frames = [(0.0, asks("192.168.1.7", "192.168.1.1"))] + [
        (0.0, frame(f"fc:65:de:01:{n >> 8:02x}:{n & 255:02x}", ROUTER, hello))
        for n in range(MAX_PROFILES + 1)
        for hello in [udp((f"10.1.{n >> 7}.{n & 127}", 5000), ("10.0.0.1", 5001), b"")]
    ]
    found = survey(write(tmp_path / "x.pcap", pcap(frames)))
    assert len(found.devices) == MAX_PROFILES
    assert [each.device for each in found.devices if each.identity.is_speaker] == [ECHO]
    assert "very many devices" in found.complaints[0]


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
