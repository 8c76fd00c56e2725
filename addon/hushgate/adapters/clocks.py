"""The clocks of the machine, read for core.clocktrust."""

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path

from hushgate.core.clocktrust import Reading

_STA_UNSYNC = 0x40
_TIMEX_BYTES = 256
"""More than struct timex has on any architecture; adjtimex(2) fills 208 of them on 64 bits."""
_STATUS_OFFSET = 5 * ctypes.sizeof(ctypes.c_long)
"""modes (padded), offset, freq, maxerror and esterror stand before it."""
_RTC = Path("/sys/class/rtc")


def read_clocks() -> Reading:
    """The clocks now."""
    return Reading(
        wall=datetime.now(UTC),
        running=time.clock_gettime(time.CLOCK_BOOTTIME),
        synchronized=_is_synchronized(),
        has_rtc=any(_RTC.glob("rtc*")),
    )


def _is_synchronized() -> bool:
    """What the kernel says; False where it may not be asked."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return False
    status = ctypes.c_int.from_buffer(timex, _STATUS_OFFSET).value
    return not status & _STA_UNSYNC
