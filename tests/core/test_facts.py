"""Facts are plain values: equal when they say the same, and usable as keys."""

from hushgate.core.facts import Asked, Present, Sought


def test_the_same_fact_twice_is_one() -> None:
    assert len({Present("a", "192.168.1.7"), Present("a", "192.168.1.7")}) == 1


def test_what_a_device_asks_and_what_it_seeks_are_different_facts() -> None:
    assert Asked("a", "x.example", "8.8.8.8") != Sought("a", "x.example")
