"""Connections and flows: whose bytes are whose when a port comes round again.

All else of the stream plane is seen with a running proxy: tests/adapters/test_mitm.py.
"""

from mitmproxy import options
from mitmproxy.connection import Client
from mitmproxy.proxy import layer
from mitmproxy.proxy.context import Context

from hushgate.adapters.stream import StreamPlane
from hushgate.core.engine import Engine
from hushgate.core.model import UNKNOWN_DEVICE, DeviceId, FlowKey, Instant, Transport

NOW = Instant(100.0)
FLOW = FlowKey(UNKNOWN_DEVICE, Transport.TCP, "192.168.77.11", 40000, "203.0.113.5", 443)


async def nobody(address: str) -> DeviceId:
    """Know no device."""
    return UNKNOWN_DEVICE


def connect(stream: StreamPlane) -> Client:
    """A connection from the same port to the same server, as mitmproxy announces it."""
    client = Client(
        peername=("192.168.77.11", 40000), sockname=("203.0.113.5", 443), timestamp_start=0.0
    )
    context = Context(client, options.Options())
    context.server.address = ("203.0.113.5", 443)
    stream.next_layer(layer.NextLayer(context))
    return client


def test_end_of_a_connection_whose_port_came_round_again_leaves_the_new_one_alone() -> None:
    engine = Engine()
    stream = StreamPlane(engine, nobody, lambda: NOW)
    first = connect(stream)
    engine.open(FLOW, None, NOW)
    second = connect(stream)
    engine.open(FLOW, None, NOW)
    stream.client_disconnected(first)
    assert engine.flows() == [FLOW]
    stream.client_disconnected(second)
    assert engine.flows() == []
