"""The schema for editors."""

import json
from pathlib import Path

from hushgate.config_schema import Document, json_schema, keys_at
from tests.conftest import Golden

SCHEMA = Path(__file__).parents[1] / "config" / "hushgate.schema.json"


def test_the_published_schema_is_the_one_in_force(golden: Golden) -> None:
    golden(SCHEMA, json_schema())


def test_no_section_of_the_schema_takes_unknown_keys() -> None:
    schema = json.loads(json_schema())
    sections = (schema, *schema["$defs"].values())
    objects = [each for each in sections if each.get("type") == "object"]
    assert len(objects) >= 4
    assert all(each["additionalProperties"] is False for each in objects)


def test_every_key_says_what_it_means() -> None:
    for path in (
        (),
        ("house",),
        ("groups", "x"),
        ("speakers", "x"),
        ("devices", "x"),
        ("gateway",),
    ):
        keys = keys_at(path)
        assert keys
        assert all(meaning.endswith(".") for meaning in keys.values()), path
    assert keys_at(("speakers", "x", "exceptions")) == {}


def test_null_is_no_value() -> None:
    assert '"null"' not in json_schema()
    assert set(Document.model_fields) == set(json.loads(json_schema())["properties"])
