"""The catalogue's files: the shipped ones are whole, and bad ones are said line by line."""

from pathlib import Path

import pytest

from hushgate.adapters.catalogue import CATALOGUE, load_catalogue, shipped_catalogue
from hushgate.adapters.packaged import packaged_path
from hushgate.core.catalogue import Role

GOOD = """\
title: Test
version: '1'
license: MIT
vendor: acme
sources:
  S1: somebody
endpoints:
  voice:
    what: the voice service
    role: voice
    confidence: A
    sources: [S1]
    names: [voice.acme.example, .talk.acme.example]
"""


def load(folder: Path, **files: str) -> tuple[dict[str, str], list[str]]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    catalogue, complaints = load_catalogue(folder)
    found = {
        pattern: endpoint.key for endpoint in catalogue.endpoints for pattern in endpoint.patterns
    }
    return found, [str(complaint).removeprefix(f"{folder}/") for complaint in complaints]


def test_the_shipped_catalogue_is_free_of_complaints() -> None:
    catalogue, complaints = load_catalogue(packaged_path(CATALOGUE))
    assert complaints == []
    assert {endpoint.vendor for endpoint in catalogue.endpoints} >= {
        *("amazon", "apple", "google", "sonos", "xiaomi", "baidu")
    }


@pytest.mark.parametrize(
    ("name", "vendor", "role"),
    [
        ("avs-alexa-4-na.amazon.com", "amazon", Role.VOICE),
        ("alexa.eu.gateway.devices.a2z.com", "amazon", Role.VOICE),
        ("bob-dispatch-prod-eu.amazon.com", "amazon", Role.VOICE),
        ("0123.us-east-1.prod.service.minerva.devices.a2z.com", "amazon", Role.TELEMETRY),
        ("device-metrics-us-2.amazon.com", "amazon", Role.TELEMETRY),
        ("unagi-na.amazon.com", "amazon", Role.TELEMETRY),
        ("d3p8zr0ffa9t17.cloudfront.net", "amazon", Role.CONNECTIVITY),
        ("guzzoni.apple.com", "apple", Role.VOICE),
        ("st14p01sa.guzzoni-apple.com.akadns.net", "apple", Role.VOICE),
        ("guzzoni-apple-com.v.aaplimg.com", "apple", Role.VOICE),
        ("e1.push.apple.com", "apple", Role.PUSH),
        ("time-ios.g.aaplimg.com", "apple", Role.TIME),
        ("www.google.com", "google", Role.VOICE),
        ("r1---sn-4g5e6nz7.googlevideo.com", "google", Role.MEDIA),
        ("dns.google", "google", Role.DNS),
        ("msmetrics.ws.sonos.com", "sonos", Role.TELEMETRY),
        ("api.ws.sonos.com", "sonos", Role.API),
        ("dueros-h2.baidu.com", "baidu", Role.VOICE),
        ("ap.spotify.com", "spotify", Role.MEDIA),
    ],
)
def test_well_known_names_have_their_vendor_and_role(name: str, vendor: str, role: Role) -> None:
    endpoint = shipped_catalogue().endpoint_of(name)
    assert endpoint is not None
    assert (endpoint.vendor, endpoint.role) == (vendor, role)


@pytest.mark.parametrize("name", ["devices.a2z.com", "amazon.com", "google.com", "maps.google.com"])
def test_domains_that_mix_roles_are_nobodys(name: str) -> None:
    assert shipped_catalogue().endpoint_of(name) is None


def test_a_good_file_is_read(tmp_path: Path) -> None:
    found, complaints = load(tmp_path, acme=GOOD)
    assert found == {"voice.acme.example": "voice", ".talk.acme.example": "voice"}
    assert complaints == []


@pytest.mark.parametrize(
    ("old", "new", "complaint", "left"),
    [
        pytest.param(
            "role: voice", "role: speech", 'acme.yaml:10:11: unknown role "speech"', 0, id="role"
        ),
        pytest.param(
            "confidence: A",
            "confidence: E",
            "acme.yaml:11:17: expected one of A, B, C, D",
            0,
            id="confidence",
        ),
        pytest.param(
            "[S1]", "[S2]", 'acme.yaml:12:15: "S2" is not among the "sources"', 2, id="source"
        ),
        pytest.param(
            "voice.acme.example,",
            "no name,",
            'acme.yaml:13:13: "no name" is not a host',
            1,
            id="name",
        ),
        pytest.param(
            ".talk.acme.example",
            ".co.uk",
            'acme.yaml:13:33: ".co.uk" is a public suffix: whole countries are below it',
            1,
            id="everything below a public suffix",
        ),
        pytest.param(
            "voice.acme.example,",
            "co.uk,",
            'acme.yaml:13:13: "co.uk" is a public suffix',
            1,
            id="a public suffix by name",
        ),
        pytest.param(
            "    names:",
            "    nmaes:",
            'acme.yaml:13:5: unknown key "nmaes"',
            0,
            id="key of an endpoint",
        ),
        pytest.param(
            "license: MIT",
            "licence: MIT",
            'acme.yaml:3:1: unknown key "licence"',
            2,
            id="key of the file",
        ),
        pytest.param("vendor: acme", "vendor: 3", 'expected "vendor", a word', 0, id="vendor"),
        pytest.param(
            "endpoints:", "endpoints: []\nother:", "not a catalogue", 0, id="no endpoints"
        ),
        pytest.param("title: Test", "title: [", "not valid YAML", 0, id="no YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_the_rest_is_used(
    tmp_path: Path, old: str, new: str, complaint: str, left: int
) -> None:
    found, complaints = load(tmp_path, acme=GOOD.replace(old, new))
    assert len(found) == left
    assert any(complaint in each for each in complaints), complaints


def test_a_name_in_two_endpoints_belongs_to_the_first(tmp_path: Path) -> None:
    other = GOOD.replace("vendor: acme", "vendor: zeta").replace("role: voice", "role: media")
    found, complaints = load(tmp_path, a=GOOD, b=other)
    assert len(found) == 2
    assert complaints == [
        'b.yaml:13:12: "voice.acme.example" belongs to acme/voice',
        'b.yaml:13:12: ".talk.acme.example" belongs to acme/voice',
    ]


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe")
    _, complaints = load_catalogue(tmp_path)
    assert len(complaints) == 1


def test_an_endpoint_that_is_no_table_is_said(tmp_path: Path) -> None:
    _, complaints = load(tmp_path, x="vendor: acme\nendpoints:\n  voice: 3\n")
    assert complaints == [
        "x.yaml:3:10: expected confidence, names, role, sources, what",
    ]


def test_whoever_spoils_the_shipped_catalogue_finds_it_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "acme.yaml").write_text(GOOD.replace(".talk.acme.example", ".com.au"))
    monkeypatch.setattr("hushgate.adapters.catalogue.packaged_path", lambda name: tmp_path)
    assert shipped_catalogue().endpoint_of("voice.acme.example") is not None
    assert shipped_catalogue().endpoint_of("x.com.au") is None
    assert 'acme.yaml:13:33: ".com.au" is a public suffix' in caplog.text
