"""Migrations: an older file reads like a new one. The formats here are invented for the test."""

from hushgate.config_migrate import MIGRATIONS, Document, migrate
from hushgate.config_schema import SCHEMA_VERSION


def rename_house(data: Document) -> Document:
    return {("house" if key == "home" else key): value for key, value in data.items()}


def split_name(data: Document) -> Document:
    return data | {"names": [data["name"]]}


STEPS = {1: rename_house, 2: split_name}


def test_each_step_is_taken_in_turn() -> None:
    old: Document = {"schema_version": 1, "home": {}, "name": "a"}
    assert migrate(old, STEPS, to=3) == {
        "schema_version": 3,
        "house": {},
        "name": "a",
        "names": ["a"],
    }
    assert old == {"schema_version": 1, "home": {}, "name": "a"}


def test_a_file_in_between_takes_only_the_steps_that_are_left() -> None:
    assert migrate({"schema_version": 2, "home": {}, "name": "a"}, STEPS, to=3) == {
        "schema_version": 3,
        "home": {},
        "name": "a",
        "names": ["a"],
    }


def test_the_newest_an_unknown_or_no_version_is_left_to_the_schema() -> None:
    for version in (3, 4, 0, "1", True, None):
        data: Document = {"schema_version": version}
        assert migrate(data, STEPS, to=3) == data
    assert migrate({}, STEPS, to=3) == {}


def test_every_released_format_has_a_way_to_the_newest() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))
