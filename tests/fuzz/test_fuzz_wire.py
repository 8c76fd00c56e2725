"""A short run of the fuzz harness, with cases that hypothesis can make smaller."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.fuzz_wire import TARGETS, check, damage, fuzz


@pytest.mark.parametrize("name", TARGETS)
@given(seed=st.integers(0, 2**32), index=st.integers(0, 9))
def test_a_damaged_message_gives_a_value_nothing_or_a_wire_error(
    name: str, seed: int, index: int
) -> None:
    target, chance = TARGETS[name], random.Random(seed)
    message = target.seeds[index % len(target.seeds)]
    check(target, damage(message, chance.choice(target.seeds), chance))


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=200))
def test_garbage_gives_a_value_nothing_or_a_wire_error(name: str, data: bytes) -> None:
    check(TARGETS[name], data)


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_well_formed(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].parse(seed)


def test_the_runner_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz(list(TARGETS), 200, seed=1)
    assert "200 cases" in capsys.readouterr().out
