"""The fuzz harness of the hold, driven by hypothesis."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.fuzz_hold import check


@given(st.binary(max_size=300))
def test_any_order_of_calls_keeps_the_bytes(data: bytes) -> None:
    check(data)
