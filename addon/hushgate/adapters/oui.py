"""The packaged table of hardware address prefixes → OuiTable."""

from importlib.resources import files

from hushgate.core.oui import OuiTable


def shipped_oui_table() -> OuiTable:
    """Load the table that scripts/make_oui_table.py wrote."""
    rows: list[tuple[str, str]] = []
    notes: dict[str, str] = {}
    text = (files("hushgate") / "data" / "oui_speakers.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            key, _, value = line.removeprefix("# ").partition(": ")
            notes[key] = value
        else:
            prefix, _, vendor = line.partition("\t")
            rows.append((prefix, vendor))
    return OuiTable(rows, source=f"table of {notes.get('date', 'unknown date')}")
