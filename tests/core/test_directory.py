"""Who a speaker talks to: the hello's word first, then what this very device was told by DNS."""

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.core.directory import Directory
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport

KITCHEN, OFFICE = DeviceId("kitchen"), DeviceId("office")
NOW = Instant(100.0)


def flow_of(device: DeviceId) -> FlowKey:
    """A connection of a device."""
    return FlowKey(device, Transport.TCP, "192.168.77.11", 40000, "203.0.113.5", 443)


def test_name_in_the_hello_is_taken() -> None:
    directory = Directory(shipped_catalogue())
    party, _ = directory.party_of(flow_of(KITCHEN), "guzzoni.apple.com", NOW)
    assert (party.endpoint, party.role) == ("guzzoni.apple.com:443", "voice")


def test_without_a_name_in_the_hello_the_device_was_told_one_by_dns() -> None:
    directory = Directory(shipped_catalogue())
    name = "avs-alexa-4-na.amazon.com"
    directory.answered(KITCHEN, name, ["alias.example"], ["203.0.113.5"], 60, NOW)
    party, _ = directory.party_of(flow_of(KITCHEN), None, NOW)
    assert (party.endpoint, party.role) == ("avs-alexa-4-na.amazon.com:443", "voice")


def test_what_another_device_was_told_says_nothing() -> None:
    directory = Directory()
    directory.answered(OFFICE, "www.google.com", [], ["203.0.113.5"], 60, NOW)
    party, _ = directory.party_of(flow_of(KITCHEN), None, NOW)
    assert (party.endpoint, party.role) == ("203.0.113.5:443", "unknown")


def test_alias_leads_to_the_same_endpoint() -> None:
    directory = Directory(shipped_catalogue())
    aliases = ["origin.guzzoni-apple.com.akadns.net"]
    directory.answered(KITCHEN, "unheard-of.example", aliases, ["203.0.113.5"], 60, NOW)
    party, _ = directory.party_of(flow_of(KITCHEN), None, NOW)
    assert party.role == "voice"


@pytest.mark.parametrize("name", [None, "www.google.com"], ids=["nameless", "under another name"])
@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2620:fe::fe", "2001:4860:4860::8844"])
def test_a_public_resolver_is_known_by_its_address_whatever_the_hello_says(
    address: str, name: str | None
) -> None:
    directory = Directory(shipped_catalogue())
    party, _ = directory.party_of(flow_of(KITCHEN)._replace(server=address), name, NOW)
    assert party.role == "dns"
