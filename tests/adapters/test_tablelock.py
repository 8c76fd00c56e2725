"""One gate per network namespace."""

import os

import pytest

from hushgate.adapters.tablelock import answer_probe, find_holder, take_lock
from hushgate.core.errors import UnavailableError


def test_second_gate_is_refused_and_told_who_is_the_first() -> None:
    with take_lock():
        assert find_holder() == os.getpid()
        with pytest.raises(UnavailableError, match=f"process {os.getpid()}"):
            take_lock()
    assert find_holder() is None


def test_lock_is_free_again_when_its_holder_is_gone() -> None:
    take_lock().close()
    take_lock().close()


def test_any_number_may_ask_as_long_as_the_holder_answers() -> None:
    with take_lock() as lock:
        for _ in range(100):
            assert find_holder() == os.getpid()
            answer_probe(lock)
        answer_probe(lock)  # nobody asked
