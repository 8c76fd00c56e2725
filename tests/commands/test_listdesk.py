"""What the commands about lists share."""

import io
import sys
from pathlib import Path

import pytest

from hushgate.adapters.listrows import Source
from hushgate.adapters.liststore import SHIPPED, ListStore
from hushgate.commands.listdesk import Desk, ask, list_devices
from hushgate.config import parse_config
from hushgate.core.errors import ConfigError
from hushgate.core.lists import Scope
from hushgate.core.model import DeviceId

KITCHEN, BEDROOM = DeviceId("kitchen"), DeviceId("bedroom")
CONFIG = """\
schema_version: 1
house: {zone: UTC}
speakers:
  kitchen: {mac: fc:65:de:10:00:01, vendor: amazon, lists: [mine]}
  bedroom: {mac: fc:65:de:10:00:02, name: Bedroom Echo, vendor: google}
lists:
  mine: /lists/mine.txt
"""


class Terminal(io.StringIO):
    """A stream that somebody sits at."""

    def isatty(self) -> bool:
        return True


def desk(tmp_path: Path, text: str | None = CONFIG) -> Desk:
    config = parse_config(text, Path("hushgate.yaml")) if text else None
    return Desk(ListStore(tmp_path), config)


def test_the_house_is_what_its_speakers_need(tmp_path: Path) -> None:
    assert desk(tmp_path).house.vendors == {"amazon", "google"}
    unknown = CONFIG.replace(", vendor: google", "")
    assert desk(tmp_path, unknown).house.vendors is None
    assert desk(tmp_path, None).house.vendors is None


def test_lists_of_the_configuration_are_for_the_speakers_that_name_them(tmp_path: Path) -> None:
    here = desk(tmp_path)
    assert here.config is not None
    assert list_devices(here.config) == {"mine": frozenset({KITCHEN})}
    assert here.state().sources["mine"].scope == Scope(everyone=False, unlike=frozenset({KITCHEN}))


def test_a_list_is_found_by_its_id_a_shipped_one_too(tmp_path: Path) -> None:
    here = desk(tmp_path)
    assert here.source("mine").location == "/lists/mine.txt"
    assert here.source("amazon-ads") == Source("amazon-ads", f"{SHIPPED}amazon-ads")
    with pytest.raises(ConfigError, match='nearest: "mine"'):
        here.source("mien")


def test_devices_are_those_of_the_configuration_by_key_or_name(tmp_path: Path) -> None:
    here = desk(tmp_path)
    assert here.devices() == [KITCHEN, BEDROOM]
    assert here.device("Bedroom Echo") == BEDROOM
    with pytest.raises(ConfigError):
        here.device("attic")
    assert desk(tmp_path, None).device("attic") == DeviceId("attic")
    assert desk(tmp_path, None).devices() == ["any device"]


def test_a_question_is_asked_only_where_somebody_can_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert ask("Really? ") == ""
    monkeypatch.setattr(sys, "stdin", Terminal(" Y\n"))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert ask("Really? ") == "y"
