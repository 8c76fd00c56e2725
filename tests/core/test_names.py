"""Names of addresses: per device, the latest first, bounded, kept over a restart."""

from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.model import DeviceId, Instant
from hushgate.core.names import (
    AFTERLIFE,
    MAX_ADDRESSES,
    MAX_ALIASES,
    MAX_DEVICES,
    NameSource,
    NameTable,
    heard_from_dns,
    heard_from_hello,
)

KITCHEN, STUDY = DeviceId("kitchen"), DeviceId("study")
CLOUD = "203.0.113.9"


def at(seconds: float) -> Instant:
    return Instant(seconds)


def test_the_name_that_was_asked_for_is_found_with_its_aliases() -> None:
    table = NameTable()
    table.learn(
        KITCHEN, (CLOUD,), heard_from_dns("Guzzoni.Apple.COM", ("X.akadns.net",), 60, at(0))
    )
    name = table.find(KITCHEN, CLOUD, at(1))
    assert name is not None
    assert (name.name, name.aliases, name.source) == (
        "guzzoni.apple.com",
        ("x.akadns.net",),
        NameSource.DNS,
    )


def test_what_a_neighbor_asked_says_nothing_about_a_speaker() -> None:
    table = NameTable()
    table.learn(STUDY, (CLOUD,), heard_from_hello("a.example", at(0)))
    assert table.find(KITCHEN, CLOUD, at(1)) is None


def test_the_name_heard_of_last_wins() -> None:
    table = NameTable()
    table.learn(KITCHEN, (CLOUD,), heard_from_dns("a.example", (), 60, at(0)))
    table.learn(KITCHEN, (CLOUD,), heard_from_hello("b.example", at(1)))
    name = table.find(KITCHEN, CLOUD, at(2))
    assert name is not None
    assert (name.name, name.source) == ("b.example", NameSource.SNI)


def test_a_name_outlives_its_time_for_a_while() -> None:
    table = NameTable()
    table.learn(KITCHEN, (CLOUD,), heard_from_dns("a.example", (), 60, at(0)))
    assert table.find(KITCHEN, CLOUD, at(61)) is not None
    assert table.find(KITCHEN, CLOUD, at(60 + AFTERLIFE)) is None


def test_the_oldest_address_and_the_quietest_device_are_forgotten_first() -> None:
    table = NameTable()
    name = heard_from_hello("a.example", at(0))
    for number in range(MAX_ADDRESSES + 1):
        table.learn(KITCHEN, (str(number),), name)
    assert table.find(KITCHEN, "0", at(1)) is None
    assert table.find(KITCHEN, "1", at(1)) is not None
    for number in range(MAX_DEVICES):
        table.learn(DeviceId(f"device {number}"), (CLOUD,), name)
    assert table.find(KITCHEN, "1", at(1)) is None


def test_a_chain_of_aliases_is_kept_up_to_a_bound() -> None:
    name = heard_from_dns("a.example", [f"{n}.example" for n in range(50)], 1, at(0))
    assert len(name.aliases) == MAX_ALIASES


@given(
    st.lists(
        st.tuples(
            st.sampled_from([KITCHEN, STUDY]),
            st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
            st.sampled_from(["a.example", "b.example"]),
            st.integers(0, 3600),
        ),
        max_size=12,
    ),
    st.integers(0, 1000),
)
def test_a_restart_forgets_nothing(
    learned: list[tuple[DeviceId, str, str, int]], slept: int
) -> None:
    before, after = NameTable(), NameTable()
    for device, address, name, ttl in learned:
        before.learn(device, (address,), heard_from_dns(name, ("alias",), ttl, at(100)))
    rows = before.dump(at(200))
    after.load(rows, at(5), slept=slept)
    for device, address, _, _ in learned:
        old, new = before.find(device, address, at(200)), after.find(device, address, at(5))
        assert old is not None
        assert new is not None
        assert (old.name, old.source, old.aliases) == (new.name, new.source, new.aliases)
        assert new.expires - 5 == old.expires - 200 - slept
    assert after.dump(at(5 - slept)) == rows


def test_what_expired_for_good_is_not_dumped() -> None:
    table = NameTable()
    table.learn(KITCHEN, (CLOUD,), heard_from_dns("a.example", (), 60, at(0)))
    assert table.dump(at(61 + AFTERLIFE)) == []
