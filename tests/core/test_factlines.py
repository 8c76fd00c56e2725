"""Facts survive the way between processes and over a restart."""

import json

import pytest

from hushgate.core.factlines import decode_fact, encode_fact
from hushgate.core.facts import (
    Announced,
    Asked,
    Described,
    Fact,
    Greeted,
    Leased,
    Offered,
    Present,
    Repeated,
    Served,
    Sought,
    Uploaded,
)
from hushgate.core.model import Transport
from hushgate.wire.hello import Hello

MAC = "fc:65:de:00:00:01"
FACTS = [
    Present(MAC, "192.168.1.7"),
    Leased(MAC, None, "kitchen", None, (1, 3, 6)),
    Announced(MAC, "_googlecast._tcp", "x", (("md", "Nest Audio"), ("ca", "5")), 8009),
    Offered(MAC, "urn:x", "Linux \N{SNOWMAN}", "http://192.168.1.7:1400/x.xml"),
    Described(MAC, "Sonos, Inc.", "Sonos One"),
    Repeated(MAC, "prod.amcs-tachyon.com", 91),
    Sought(MAC, "_amzn-alexa._tcp"),
    Asked(MAC, "a.example", "192.168.1.1"),
    Greeted(MAC, Transport.UDP, "203.0.113.9", Hello("a.example", ("h3",), True, "q13d", 400)),
    Served(MAC, Transport.TCP, 55443),
    Uploaded(MAC, "203.0.113.9", 40_000),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_survives_as_json(fact: Fact) -> None:
    assert decode_fact(json.loads(json.dumps(encode_fact(fact)))) == fact


def test_a_fact_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="rumor"):
        decode_fact({"fact": "rumor", "device": MAC})
