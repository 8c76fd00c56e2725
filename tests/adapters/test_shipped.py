"""The lists that come with hushgate: readable, with their papers, and harmless."""

import re
from pathlib import Path

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.listfiles import read_source
from hushgate.adapters.listrows import Source
from hushgate.adapters.shipped import shipped_lists
from hushgate.core.catalogue import Role
from hushgate.core.collisions import find_collisions
from hushgate.core.domains import Reach

HEADERS = ("Title", "Description", "Version", "License", "Source", "Side effects")


@pytest.fixture(params=sorted(shipped_lists()))
def path(request: pytest.FixtureRequest) -> Path:
    return shipped_lists()[request.param]


def test_every_line_can_be_used(path: Path) -> None:
    reading = read_source(path, Source(path.stem, path.name))
    assert len(reading.rules) > 0
    assert (reading.invalid, reading.ignored, reading.duplicates) == (0, 0, 0)
    assert reading.choice.sure or all(entry.reach is Reach.EXACT for entry in reading.rules)


def test_the_header_says_where_it_comes_from(path: Path) -> None:
    header = path.read_text().split("\n\n")[0]
    for field in HEADERS:
        assert re.search(rf"^! {field}: \S", header, re.MULTILINE), field
    assert re.fullmatch(r"[a-z]+-(telemetry|ads)", path.stem)


def test_nothing_a_speaker_needs_is_on_it(path: Path) -> None:
    reading = read_source(path, Source(path.stem, path.name))
    catalogue = shipped_catalogue()
    assert find_collisions(reading.rules, catalogue) == []
    for entry in reading.rules:
        endpoint = catalogue.endpoint_of(entry.text)
        assert endpoint is None or endpoint.role in (Role.TELEMETRY, Role.ADS)


def test_vendors_with_telemetry_in_the_catalogue_have_a_list() -> None:
    vendors = {e.vendor for e in shipped_catalogue().endpoints if e.role is Role.TELEMETRY}
    assert {f"{vendor}-telemetry" for vendor in vendors} <= set(shipped_lists())
