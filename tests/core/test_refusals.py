"""How long a speaker that keeps coming back waits to be refused again."""

from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.refusals import CALM, DELAYS, MOST, WAITING, Refusals

KITCHEN, OFFICE = DeviceId("kitchen"), DeviceId("office")
VOICE = "avs-alexa-4-na.amazon.com:443"
NOW = Instant(100.0)


def flow_of(port: int, device: DeviceId = KITCHEN) -> FlowKey:
    """A connection of a device."""
    return FlowKey(device, Transport.TCP, "192.168.77.11", port, "203.0.113.5", 443)


def connections_in(seconds: float, refusals: Refusals) -> int:
    """How often a client connects that does so again as soon as it is refused."""
    at, count = NOW, 0
    while at < NOW + seconds:
        flow = flow_of(40_000 + count)
        at = refusals.refuse(flow, VOICE, at) or at
        refusals.close(flow)
        count += 1
    return count


def test_a_client_that_connects_again_at_once_does_so_ever_more_slowly() -> None:
    assert connections_in(10.0, Refusals()) == 5
    assert connections_in(3600.0, Refusals()) < 130


def test_the_first_refusal_is_told_at_once_and_so_is_one_elsewhere_or_of_another_device() -> None:
    refusals = Refusals()
    assert refusals.refuse(flow_of(1), VOICE, NOW) is None
    assert refusals.refuse(flow_of(2), "metrics.example:443", NOW) is None
    assert refusals.refuse(flow_of(3, OFFICE), VOICE, NOW) is None
    assert refusals.refuse(flow_of(4), VOICE, NOW) == NOW + DELAYS[1]


def test_after_a_calm_minute_the_next_refusal_is_the_first_again() -> None:
    refusals = Refusals()
    connections_in(60.0, refusals)
    assert refusals.refuse(flow_of(1), VOICE, Instant(NOW + 60.0 + DELAYS[-1] + CALM)) is None


def test_a_device_has_so_many_flows_that_wait_and_no_more() -> None:
    refusals = Refusals()
    for port in range(100):
        refusals.refuse(flow_of(port), VOICE, NOW)
    assert len(refusals.waiting(KITCHEN)) == WAITING
    assert refusals.refuse(flow_of(1, OFFICE), VOICE, NOW) is None
    assert refusals.waiting(OFFICE) == []


def test_what_is_remembered_is_bounded() -> None:
    refusals = Refusals()
    for number in range(MOST + 1):
        refusals.refuse(flow_of(number), f"{number}.example:443", NOW)
    assert refusals.refuse(flow_of(0), "0.example:443", NOW) is None
    assert refusals.refuse(flow_of(0), f"{MOST}.example:443", NOW) is not None
