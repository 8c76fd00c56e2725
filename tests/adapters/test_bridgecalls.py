"""The switches that lead bridged packets to the table."""

import pytest

from hushgate.adapters.bridgecalls import BridgeCalls
from tests.adapters.namespaces import inside

pytestmark = pytest.mark.e2e
CALL = "net.bridge.bridge-nf-call-ip6tables"


def test_what_was_on_is_switched_on_again_and_counted() -> None:
    with inside("bridge") as place:
        place.set_sysctl(CALL, 1)
        calls = BridgeCalls()
        calls.restore()
        assert calls.restored == 0
        place.set_sysctl(CALL, 0)
        calls.restore()
        assert (calls.restored, calls.problem) == (1, None)
        assert place.run("sysctl", "-n", CALL).strip() == "1"


def test_what_was_off_stays_off() -> None:
    with inside("bridge") as place:
        place.set_sysctl(CALL, 0)
        BridgeCalls().restore()
        assert place.run("sysctl", "-n", CALL).strip() == "0"
