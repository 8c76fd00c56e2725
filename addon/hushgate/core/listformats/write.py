"""Entries to text: the other direction, for export and for showing what a list says."""

from collections.abc import Iterable, Iterator

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Format


def write_rule(entry: Entry) -> str:
    """An entry in Adblock's words, the only ones that tell all reaches and effects apart."""
    match entry.reach:
        case Reach.EXACT:
            pattern = f"|{entry.text}^" if entry.effect is Effect.ALLOW else entry.text
        case Reach.SUFFIX:
            pattern = f"||{entry.text}^"
        case Reach.BELOW:
            pattern = f"||*.{entry.text}^"
        case Reach.PATTERN:
            pattern = f"/{entry.text}/"
    sign = "@@" if entry.effect is Effect.ALLOW else ""
    if entry.important and entry.reach is Reach.EXACT:
        pattern = f"|{entry.text}^"
    return f"{sign}{pattern}{'$important' if entry.important else ''}"


def write_list(entries: Iterable[Entry], form: Format) -> Iterator[str]:
    """A list in another format. What the format cannot say is left as a comment, never bent."""
    comment = {Format.ADBLOCK: "!", Format.RPZ: ";"}.get(form, "#")
    if form is Format.RPZ:
        yield from (
            "$TTL 300",
            "@ SOA localhost. root.localhost. 1 3600 600 86400 300",
            "@ NS localhost.",
        )
    for entry in entries:
        lines = tuple(_write(entry, form))
        yield from lines or (f"{comment} not possible as {form}: {write_rule(entry)}",)


def _write(entry: Entry, form: Format) -> Iterator[str]:
    name, reach = entry.text, entry.reach
    allow = entry.effect is Effect.ALLOW
    match form, reach:
        case _ if entry.effect in (Effect.REST, Effect.SPARE):
            return
        case Format.ADBLOCK, _:
            yield write_rule(entry)
        case (Format.HOSTS, Reach.EXACT) if not allow:
            yield f"0.0.0.0 {name}"
        case (Format.DOMAINS, Reach.EXACT) if not allow:
            yield name
        case (Format.WILDCARD, Reach.SUFFIX) if not allow:
            yield f"*.{name}"
        case Format.DNSMASQ, Reach.SUFFIX:
            yield f"server=/{name}/#" if allow else f"local=/{name}/"
        case (Format.DNSMASQ, Reach.BELOW) if not allow:
            yield f"local=/*.{name}/"
        case Format.UNBOUND, Reach.SUFFIX:
            yield f'local-zone: "{name}." {"transparent" if allow else "always_nxdomain"}'
        case (Format.UNBOUND, Reach.EXACT) if not allow:
            yield f'local-data: "{name}. A 0.0.0.0"'
        case Format.RPZ, Reach.EXACT | Reach.SUFFIX | Reach.BELOW:
            action = "rpz-passthru." if allow else "."
            if reach is not Reach.BELOW:
                yield f"{name} CNAME {action}"
            if reach is not Reach.EXACT:
                yield f"*.{name} CNAME {action}"
        case (Format.REGEX, _) if not allow:
            yield _as_regex(entry)
        case _:
            return


def _as_regex(entry: Entry) -> str:
    name = entry.text.replace(".", r"\.")
    match entry.reach:
        case Reach.EXACT:
            return f"^{name}$"
        case Reach.SUFFIX:
            return rf"(^|\.){name}$"
        case Reach.BELOW:
            return rf"\.{name}$"
        case Reach.PATTERN:
            return entry.text
