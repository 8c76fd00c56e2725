"""A report as one HTML page: no script, no request to anywhere, pictures as inline SVG.

Every text that came from outside is escaped; names of endpoints are written by strangers.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from hushgate.core.report import DeviceReport, EndpointSum, Fate, Report, by_domain
from hushgate.core.telling import seconds, size

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WORDS = {
    Fate.ALLOWED: "allowed",
    Fate.STOPPED: "stopped",
    Fate.WATCHED: "only observed, left: NOT PROTECTED",
    Fate.ESCAPED: "left although blocked",
}
# Told apart by lightness too, for eyes that see no red or green.
_COLORS = {
    Fate.ALLOWED: "#7fb3d5",
    Fate.STOPPED: "#1b4f72",
    Fate.WATCHED: "#e59866",
    Fate.ESCAPED: "#b03a2e",
}
_STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
svg text { fill: currentColor }
td i { display: inline-block; width: .8em; height: .8em; margin-right: .5em }
.alarm { color: #b03a2e; font-weight: bold } td.in { padding-left: 1.2rem }
th.n { text-align: right } tr { border-bottom: 1px solid #ddd }
figure { margin: 1.2rem 0 } figcaption { font-weight: bold }
section { margin-top: 2.5rem; border-top: 2px solid #1b4f72 } section > h2 { margin-top: .8rem }
td:first-child { overflow-wrap: anywhere }
@media print { section { break-inside: avoid } }
@media (max-width: 40rem) {
  h1 { font-size: 1.5rem } td, th { padding-right: .4rem; font-size: .8rem }
  td.n { white-space: normal }
}
"""
_CELL = 22
_BAR_WIDTH, _BAR_HEIGHT = 48, 120


def report_page(report: Report) -> str:
    """Give the whole page."""
    span = f"{report.since:%a %d %b %Y %H:%M} to {report.until:%a %d %b %Y %H:%M}"
    body = "".join(_device(device) for device in report.devices)
    if body:
        body = _house(report.devices) + body
    else:
        body = "<p>Nothing to report: no speaker sent voice, nothing was refused.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>hushgate: {escape(span)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>When the speakers listened</h1><p>{escape(span)} ({escape(report.zone)})</p>"
        f"{_found(report)}{body}</main></body></html>\n"
    )


def _found(report: Report) -> str:
    items = "".join(
        f"<li>{escape(name)} ({escape(mac)}), a speaker you did not name</li>"
        for mac, name in report.found.items()
    )
    return f"<h2>Found</h2><ul>{items}</ul><p>See: hushgate devices</p>" if items else ""


def _house(devices: Sequence[DeviceReport]) -> str:
    """Give one line per speaker: what a glance is for."""
    rows = "".join(
        f"<tr><td>{escape(device.name)}{_watched(device)}</td>"
        f"<td class=n>{_times(device.inside, device.inside_seconds)}</td>"
        f"<td class=n>{_times(device.outside, device.outside_seconds)}</td>"
        f"<td class=n>{device.utterances[Fate.STOPPED]}</td>"
        f"<td class='n{' alarm' * bool(device.escaped_bytes)}'>{size(device.escaped_bytes)}</td>"
        f"<td class=n>{device.accidental}</td></tr>"
        for device in devices
    )
    words = "listened while allowed", "while not", "stopped", "left although blocked"
    return _table(rows, "speaker", *words, "woken by accident")


def _watched(device: DeviceReport) -> str:
    return ": <b class=alarm>NOT protected</b>" if device.utterances[Fate.WATCHED] else ""


def _table(rows: str, first: str, *numbers: str) -> str:
    """Give a table whose columns but the first hold numbers."""
    heads = "".join(f"<th scope=col class=n>{words}</th>" for words in numbers)
    return f"<table><tr><th scope=col>{first}</th>{heads}</tr>{rows}</table>"


def _times(count: int, spoken: float) -> str:
    return f"{count} ({seconds(spoken).replace(' ', '&nbsp;')})" if count else "0"


def _device(device: DeviceReport) -> str:
    total = sum(device.utterances.values())
    parts = [f"<section><h2>{escape(device.name)}</h2>", _sums(device)]
    if total:
        parts += [_days(device), _hours(device.by_hour)]
    if device.endpoints:
        parts.append(_endpoints(device))
    return "".join([*parts, "</section>"])


def _sums(device: DeviceReport) -> str:
    rows = "".join(
        f"<tr{_alarm(fate)}><td><i style='background:{_COLORS[fate]}'></i>{_WORDS[fate]}</td>"
        f"<td class=n>{device.utterances[fate]}</td>"
        f"<td class=n>{seconds(device.speech_seconds[fate])}</td></tr>"
        for fate in Fate
        if device.utterances[fate] or fate is Fate.STOPPED
    )
    notes = []
    if device.escaped_bytes:
        left = size(device.escaped_bytes)
        notes.append(f"<p class=alarm>{left} left although voice was blocked.</p>")
    if device.accidental:
        notes.append(f"<p>Woken probably by accident (an estimate): {device.accidental}</p>")
    if device.refused:
        notes.append(f"<p>Other uploads refused or ended: {device.refused}</p>")
    if device.over_budget:
        notes.append(
            "<p class=alarm>More left than a speaker at rest sends, though its voice could not:"
            f" {device.over_budget}</p>"
        )
    return _table(rows, "utterances", "number", "speech") + "".join(notes)


def _alarm(fate: Fate) -> str:
    return " class=alarm" if fate is Fate.ESCAPED else ""


def _days(device: DeviceReport) -> str:
    """Draw a bar per day, stacked by what became of the utterances."""
    top = max(sum(day.values()) for day in device.by_day.values())
    width, height = _BAR_WIDTH * len(device.by_day), _BAR_HEIGHT + 54
    bars = "".join(
        _bar(name, day, top, x=index * _BAR_WIDTH)
        for index, (name, day) in enumerate(device.by_day.items())
    )
    return _svg(width, height, "Utterances by day", bars)


def _bar(name: str, day: dict[Fate, int], top: int, *, x: int) -> str:
    def parts() -> Iterator[str]:
        y = float(_BAR_HEIGHT + 20)
        for fate, count in day.items():
            tall = count / top * _BAR_HEIGHT
            y -= tall
            if count:
                yield (
                    f'<rect x="{x + 6}" y="{y:.1f}" width="{_BAR_WIDTH - 12}" height="{tall:.1f}"'
                    f' fill="{_COLORS[fate]}"><title>{name}: {count} {_WORDS[fate]}</title></rect>'
                )
        yield f'<text x="{x + 6}" y="{y - 4:.1f}" font-size="12">{sum(day.values())}</text>'
        words = _DAYS[date.fromisoformat(name).weekday()], name[5:]
        for word, below in zip(words, (36, 50), strict=True):
            yield f'<text x="{x + 6}" y="{_BAR_HEIGHT + below}" font-size="12">{word}</text>'

    return "".join(parts())


def _hours(by_hour: Sequence[Sequence[int]]) -> str:
    """Draw a cell per hour of the week, the darker the more utterances."""
    top = max(max(hours) for hours in by_hour)
    cells = "".join(
        f'<rect x="{40 + hour * _CELL}" y="{20 + day * _CELL}" width="{_CELL - 2}"'
        f' height="{_CELL - 2}" fill="#1b4f72" fill-opacity="{max(count / top, 0.06):.2f}">'
        f"<title>{_DAYS[day]} {hour}:00: {count}</title></rect>"
        for day, hours in enumerate(by_hour)
        for hour, count in enumerate(hours)
    )
    names = "".join(
        f'<text x="0" y="{35 + day * _CELL}" font-size="12">{name}</text>'
        for day, name in enumerate(_DAYS)
    )
    clock = "".join(
        f'<text x="{40 + hour * _CELL}" y="14" font-size="12">{hour}</text>'
        for hour in range(0, 24, 6)
    )
    return _svg(
        44 + 24 * _CELL, 24 + 7 * _CELL, "Utterances by hour of the week", names + clock + cells
    )


def _svg(width: int, height: int, title: str, inside: str) -> str:
    return (
        f'<figure><figcaption>{title}</figcaption><svg role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" style="max-width:100%"><title>{title}</title>{inside}</svg></figure>'
    )


def _endpoints(device: DeviceReport) -> str:
    rows = ""
    for domain, endpoints in by_domain(device):
        if len(endpoints) > 1:
            rows += _endpoint(domain, "")
        rows += "".join(_endpoint(each, " class=in" * (len(endpoints) > 1)) for each in endpoints)
    return _table(rows, "voice and refused uploads to", "left", "of")


def _endpoint(endpoint: EndpointSum, style: str) -> str:
    return (
        f"<tr><td{style}>{escape(endpoint.endpoint)}</td>"
        f"<td class=n>{size(endpoint.left)}</td><td class=n>{size(endpoint.size)}</td></tr>"
    )
