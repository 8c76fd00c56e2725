"""The messages between gate and addon: they survive the way, and nonsense is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.facts import Asked
from hushgate.core.link import (
    GateState,
    LinkError,
    Snapshot,
    decode_snapshot,
    decode_state,
    encode,
)
from hushgate.core.model import Mac
from hushgate.core.observer import Watch
from hushgate.core.udpflows import Sort, UdpFlow
from hushgate.core.wiring import QueueKind, Wiring

macs = st.from_regex(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", fullmatch=True).map(Mac)
counts = st.integers(0, 2**63)
flows = st.builds(
    UdpFlow,
    mac=macs,
    sort=st.sampled_from(Sort),
    seconds=st.floats(0, 1e6),
    ago=st.floats(0, 1e6),
    name=st.none() | st.text(),
)
snapshots = st.builds(
    Snapshot,
    revision=counts,
    speakers=st.lists(macs).map(tuple),
    open=st.dictionaries(macs, st.floats(0, 1e6)),
    addresses=st.lists(st.ip_addresses().map(str)).map(tuple),
    roles=st.dictionaries(st.text(), st.text()),
    wiring=st.builds(
        Wiring, proxy_port=st.integers(1, 65535), mark_bits=st.sampled_from([3, 0x30000000])
    ),
)
states = st.builds(
    GateState,
    revision=counts,
    pid=counts,
    reasserted=counts,
    counters=st.dictionaries(st.text(), counts),
    sent=st.dictionaries(macs, counts),
    flows=st.lists(flows, max_size=3).map(tuple),
    moved=st.lists(st.tuples(macs, st.text())).map(tuple),
    queue=st.sampled_from(QueueKind),
    problems=st.lists(st.text()).map(tuple),
    facts=st.lists(st.builds(Asked, device=st.text(), name=st.text(), server=st.text())).map(tuple),
    watch=st.builds(Watch, counts, counts, st.none() | st.text()),
)


@given(snapshots)
def test_snapshot_survives_the_way(snapshot: Snapshot) -> None:
    line = encode(snapshot)
    assert line.count(b"\n") == 1
    assert decode_snapshot(line) == snapshot


@given(states)
def test_state_survives_the_way(state: GateState) -> None:
    assert decode_state(encode(state)) == state


@given(st.binary())
def test_nonsense_is_a_link_error_and_nothing_else(line: bytes) -> None:
    for decode in (decode_snapshot, decode_state):
        with pytest.raises(LinkError):
            decode(line)
