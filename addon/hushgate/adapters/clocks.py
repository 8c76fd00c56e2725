"""The clocks of the machine: what everything that takes `now` or `at` as an argument is given."""

import ctypes
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hushgate.core.clocktrust import Reading
from hushgate.core.model import Instant

_STA_UNSYNC = 0x40
_TIMEX_BYTES = 256
"""More than struct timex has on any architecture; adjtimex(2) fills 208 of them on 64 bits."""
_STATUS_OFFSET = 5 * ctypes.sizeof(ctypes.c_long)
"""modes (padded), offset, freq, maxerror and esterror stand before it."""
_RTC = Path("/sys/class/rtc")
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def clock() -> Instant:
    """Return the monotonic now."""
    return Instant(time.monotonic())


def wall() -> datetime:
    """Return the wall-clock now."""
    return datetime.now(UTC)


def epoch(instant: Instant) -> datetime:
    """Return the wall-clock time of a monotonic instant."""
    return wall() - timedelta(seconds=clock() - instant)


def read_clocks() -> Reading:
    """Return what tells whether the wall clock can be trusted."""
    return Reading(
        wall=wall(),
        running=time.clock_gettime(time.CLOCK_BOOTTIME),
        synchronized=_is_synchronized(),
        has_rtc=any(_RTC.glob("rtc*")),
        boot=_boot(),
    )


def _boot() -> str:
    """What the kernel calls this start of the machine."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _is_synchronized() -> bool:
    """What the kernel says; False where it may not be asked."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return False
    status = ctypes.c_int.from_buffer(timex, _STATUS_OFFSET).value
    return not status & _STA_UNSYNC
