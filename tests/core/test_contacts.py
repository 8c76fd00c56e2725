"""Sums by endpoint."""

from hushgate.core.contacts import MAX_ENDPOINTS, Contacts
from hushgate.core.model import DeviceId, Instant, Reason, Transport, Verdict, Voice
from hushgate.core.records import Kind, Record

KITCHEN = DeviceId("kitchen")


def record(endpoint: str, size: int, left: int) -> Record:
    return Record(
        kind=Kind.BURST,
        start=Instant(0.0),
        seconds=1.0,
        device=KITCHEN,
        endpoint=endpoint,
        role="voice",
        transport=Transport.TCP,
        size=size,
        left=left,
        voice=Voice.BLOCK,
        verdict=Verdict.ACCEPT,
        reason=Reason.NOT_SPEECH,
        judgement=None,
        held_seconds=0.0,
    )


def test_uploads_to_one_endpoint_add_up() -> None:
    contacts = Contacts()
    contacts.note(record("a.example:443", 100, 100))
    contacts.note(record("a.example:443", 900, 0))
    contact = contacts.of(KITCHEN)["a.example:443"]
    assert (contact.role, contact.uploads, contact.size, contact.left) == ("voice", 2, 1000, 100)


def test_the_endpoint_that_was_quiet_longest_is_forgotten_first() -> None:
    contacts = Contacts()
    for number in range(MAX_ENDPOINTS + 1):
        contacts.note(record(f"{number}.example:443", 1, 1))
        contacts.note(record("0.example:443", 1, 1))
    known = contacts.of(KITCHEN)
    assert len(known) == MAX_ENDPOINTS
    assert "0.example:443" in known
    assert "1.example:443" not in known


def test_of_a_device_that_is_not_guarded_nothing_is_known() -> None:
    assert Contacts().of(None) == {}
    assert Contacts().of(KITCHEN) == {}
