"""By which thresholds bursts are judged under each standing."""

import pytest

from hushgate.core.bursts import DEFAULT_LIMITS, STRICT_LIMITS
from hushgate.core.decisions import Standing
from hushgate.core.model import Reason, Voice


@pytest.mark.parametrize("voice", Voice)
def test_strict_is_strict_unless_voice_is_allowed(voice: Voice) -> None:
    expected = DEFAULT_LIMITS if voice is Voice.ALLOWED else STRICT_LIMITS
    assert Standing(voice, Reason.WINDOW_CLOSED, strict=True).limits is expected
    assert Standing(voice, Reason.WINDOW_CLOSED).limits is DEFAULT_LIMITS
