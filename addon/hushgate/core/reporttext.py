"""A report as text for a terminal or a letter."""

from collections.abc import Iterator

from hushgate.core.report import DeviceReport, EndpointSum, Fate, Report, by_domain
from hushgate.core.telling import seconds, size

_FATES = {
    Fate.ALLOWED: "allowed",
    Fate.STOPPED: "stopped, nothing left the house",
    Fate.WATCHED: "left outside its hours: this speaker is only observed, NOT PROTECTED",
    Fate.ESCAPED: "LEFT although voice was blocked",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES = " ░▒▓█"


def report_lines(report: Report) -> Iterator[str]:
    """Yield the report line by line."""
    yield f"{report.since:%a %d %b %Y %H:%M} to {report.until:%a %d %b %Y %H:%M} ({report.zone})"
    for mac, name in report.found.items():
        yield f"  found: {name} ({mac}), a speaker you did not name; see: hushgate devices"
    if not report.devices:
        yield "  nothing to report: no speaker sent voice, nothing was refused"
    for device in report.devices:
        yield ""
        yield from _device_lines(device)


def _device_lines(device: DeviceReport) -> Iterator[str]:
    total = sum(device.utterances.values())
    yield f"{device.name} ({device.device}): listened {_times(total)}"
    for fate, words in _FATES.items():
        count = device.utterances[fate]
        if count:
            spoken = device.speech_seconds[fate]
            yield f"  {count:>5}  {words}" + (f"; {seconds(spoken)} of speech" if spoken else "")
    if device.escaped_bytes:
        yield f"         {size(device.escaped_bytes)} of them left: see hushgate log"
    if device.inside:
        speech = seconds(device.inside_seconds)
        yield f"  {device.inside:>5}  began while voice was allowed; {speech} of speech"
    if device.outside:
        speech = seconds(device.outside_seconds)
        yield f"  {device.outside:>5}  began while voice was not allowed; {speech} of speech"
    if device.accidental:
        yield f"  {device.accidental:>5}  woke it probably by accident (an estimate)"
    if device.refused:
        yield f"  {device.refused:>5}  other uploads refused or ended"
    if device.over_budget:
        yield f"  {device.over_budget:>5}  more left than a speaker at rest sends: see hushgate log"
    if total:
        yield "         0     6     12    18    (utterances by hour)"
        top = max(max(hours) for hours in device.by_hour)
        for name, hours in zip(_DAYS, device.by_hour, strict=True):
            yield f"    {name}  {''.join(_shade(count, top) for count in hours)}"
    for domain, endpoints in by_domain(device):
        if len(endpoints) > 1:
            yield f"  {_sent(domain)}"
        for endpoint in endpoints:
            yield f"  {'  ' * (len(endpoints) > 1)}{_sent(endpoint)}"


def _sent(endpoint: EndpointSum) -> str:
    return f"{endpoint.endpoint}: {size(endpoint.left)} left of {size(endpoint.size)}"


def _times(count: int) -> str:
    return {0: "not once", 1: "once"}.get(count, f"{count} times")


def _shade(count: int, top: int) -> str:
    return _SHADES[-(-count * (len(_SHADES) - 1) // top)]
