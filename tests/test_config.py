"""The configuration file: what it means, and what it says when it is wrong."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hushgate.config import Config, load_config, parse_config
from hushgate.config_schema import Device, Document, Gateway, Group, House, Speaker
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.identity import Kind
from hushgate.core.model import DeviceId, Mac, Outside, Voice
from hushgate.core.newcomers import Said
from hushgate.core.policy import OnBlock
from hushgate.core.settings import FAIL_DEFAULTS, Cause, Fail, GatewaySettings
from tests.core.clockwork import local

EXAMPLE = Path(__file__).parents[1] / "config" / "hushgate.example.yaml"

HOLIDAYS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Christmas
DTSTART;VALUE=DATE:20261225
DTEND;VALUE=DATE:20261227
RRULE:FREQ=YEARLY
END:VEVENT
END:VCALENDAR
"""

MINIMAL = """\
schema_version: 1
house:
  zone: Europe/Berlin
speakers:
  kitchen:
    mac: fc:65:de:10:00:01
"""

FULL = """\
schema_version: 1
house:
  zone: Europe/Berlin
  windows:
    - mon-fri 07:00-22:00
    - sat-sun 09:00-23:00
  exceptions:
    2026-12-24 to 2026-12-26: [10:00-12:00, 18:00-20:00]
    2026-12-31: open
    2027-01-01: closed
  outside: block
  hard_edge: true
  grace: 5s
  delay_limit: 1m30s
  on_block: quiet
  upload_budget: 2.5MB
  lists: [ads]
  fail:
    clock-untrusted: open
    gate-down: closed
groups:
  upstairs:
    zone: America/New_York
    windows:
      - daily 08:00-20:00
    outside: delay
    fail:
      clock-untrusted: voice-closed
speakers:
  kitchen:
    name: Kitchen Echo
    mac: FC-65-DE-10-00-01
    vendor: amazon
    strict: false
  bedroom:
    mac: [4c:17:44:10:00:02, 4c:17:44:10:00:03]
    addresses: [192.168.1.20, "fd00::20"]
    group: upstairs
    exceptions:
      2026-12-25: closed
  office:
    mac: 74:c2:46:10:00:04
    group: upstairs
    windows: []
    outside: observe
    lists: []
lists:
  ads: /etc/hushgate/ads.txt
gateway:
  proxy_port: 9443
  resolver: 192.168.1.1
  mark_bits: 0x50000000
  routers: 50-14-79-10-00-0A
"""


def parse(text: str) -> Config:
    return parse_config(text, Path("home.yaml"))


def complaints(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [str(complaint) for complaint in caught.value.complaints]


# --- what it means --------------------------------------------------------------------------------


def test_the_example_is_valid_and_shows_every_mode_of_the_demo() -> None:
    config = load_config(EXAMPLE)
    assert config.zone == ZoneInfo("Europe/Berlin")
    outsides = {device.id: device.outside for device in config.policy.devices.values()}
    assert outsides == {
        "kitchen": Outside.BLOCK,
        "bedroom": Outside.BLOCK,
        "living-room": Outside.DELAY,
        "office": Outside.OBSERVE,
    }
    assert config.policy.device_of(Mac("d4:90:9c:10:00:03")) == "living-room"


def test_every_option_of_the_example_may_be_switched_on_as_it_stands(tmp_path: Path) -> None:
    """The example is a manual: what stands right behind a #, or indented below that, is right."""
    text = re.sub(r"^( *)#(?! \S|$)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    (tmp_path / "holidays.ics").write_text(HOLIDAYS)
    config = parse_config(text, tmp_path / "home.yaml")
    assert config.policy.devices[DeviceId("kitchen")].group == "upstairs"
    assert config.lists == {"trackers": "/etc/hushgate/lists/trackers.txt"}


def test_every_option_of_the_schema_stands_in_the_example() -> None:
    text = EXAMPLE.read_text()
    for model in (Document, House, Group, Speaker, Device, Gateway):
        for key in model.model_fields:
            assert re.search(rf"^[ #]*{key}:", text, flags=re.MULTILINE), key
    for cause in Cause:
        assert f"#  {cause}: {FAIL_DEFAULTS[cause]}" in text


def test_what_is_absent_has_its_default() -> None:
    config = parse(MINIMAL)
    device = config.policy.devices[DeviceId("kitchen")]
    assert device.name == "kitchen"
    assert device.outside is Outside.BLOCK
    assert (device.grace, device.delay_limit, device.hard_edge) == (10.0, 20.0, False)
    assert device.on_block is OnBlock.ANNOUNCE
    assert device.upload_budget == 4_000_000
    assert device.fail == FAIL_DEFAULTS
    assert config.gateway == GatewaySettings()


def test_without_windows_voice_is_never_allowed() -> None:
    device = DeviceId("kitchen")
    ruling = parse(MINIMAL).policy.ruling(device, local("2026-11-03 12:00"))
    assert ruling.voice is Voice.BLOCK
    assert ruling.until is None


@pytest.mark.parametrize(
    ("device", "attribute", "expected"),
    [
        pytest.param("kitchen", "outside", Outside.BLOCK, id="from the house"),
        pytest.param("bedroom", "outside", Outside.DELAY, id="from the group before the house"),
        pytest.param("office", "outside", Outside.OBSERVE, id="its own before the group's"),
        pytest.param("bedroom", "grace", 5.0, id="the house's where the group says nothing"),
        pytest.param("kitchen", "delay_limit", 90.0, id="a length of time in two units"),
        pytest.param("kitchen", "hard_edge", True, id="a switch"),
        pytest.param("kitchen", "on_block", OnBlock.QUIET, id="a word"),
        pytest.param("kitchen", "upload_budget", 2_500_000, id="a size"),
        pytest.param("kitchen", "strict", False, id="not strict for one speaker"),
        pytest.param("bedroom", "strict", True, id="but for another, which says nothing"),
        pytest.param("bedroom", "lists", ("ads",), id="lists of the house"),
        pytest.param("office", "lists", (), id="no lists is something else than no word"),
        pytest.param(
            "kitchen", "macs", frozenset({"fc:65:de:10:00:01"}), id="an address in capitals"
        ),
        pytest.param(
            "bedroom",
            "macs",
            frozenset({"4c:17:44:10:00:02", "4c:17:44:10:00:03"}),
            id="two hardware addresses",
        ),
        pytest.param(
            "bedroom", "addresses", frozenset({"192.168.1.20", "fd00::20"}), id="two addresses"
        ),
        pytest.param("kitchen", "name", "Kitchen Echo", id="its name"),
        pytest.param("bedroom", "name", "bedroom", id="its key where it has no name"),
    ],
)
def test_a_speaker_has_its_own_word_else_its_groups_else_the_houses(
    device: str, attribute: str, expected: Any
) -> None:
    assert getattr(parse(FULL).policy.devices[DeviceId(device)], attribute) == expected


@pytest.mark.parametrize(
    ("device", "windows", "zone", "source"),
    [
        pytest.param(
            "kitchen",
            ["mon-fri 07:00-22:00", "sat-sun 09:00-23:00"],
            "Europe/Berlin",
            "the house",
            id="the house's",
        ),
        pytest.param(
            "bedroom",
            ["daily 08:00-20:00"],
            "America/New_York",
            "the group upstairs",
            id="the group's, in its own zone, and not added to the house's",
        ),
        pytest.param(
            "office", [], "America/New_York", "office", id="its own, though they are none"
        ),
    ],
)
def test_windows_come_from_the_most_specific_level(
    device: str, windows: list[str], zone: str, source: str
) -> None:
    schedule = parse(FULL).policy.devices[DeviceId(device)].schedule
    assert list(map(str, schedule.windows)) == windows
    assert (schedule.zone.key, schedule.source) == (zone, source)


def test_exceptions_of_all_levels_count_the_most_specific_first() -> None:
    schedule = parse(FULL).policy.devices[DeviceId("bedroom")].schedule
    assert [(str(each), each.source) for each in schedule.exceptions] == [
        ("2026-12-25: closed", "bedroom"),
        ("2026-12-24 to 2026-12-26: 10:00-12:00, 18:00-20:00", "the house"),
        ("2026-12-31: 00:00-24:00", "the house"),
        ("2027-01-01: closed", "the house"),
    ]


def with_calendar(folder: Path, text: str) -> Config:
    (folder / "holidays.ics").write_text(text)
    house = MINIMAL.replace("Berlin\n", "Berlin\n  calendars:\n    holidays.ics: [10:00-12:00]\n")
    return parse_config(house, folder / "home.yaml")


def test_a_date_of_one_year_comes_before_the_same_date_of_every_year() -> None:
    text = EXAMPLE.read_text().replace(
        "  #exceptions:\n", "  exceptions:\n    12-24: closed\n    2026-12-24: open\n", 1
    )
    plan = parse_config(text, EXAMPLE).policy.devices[DeviceId("kitchen")].schedule
    assert [str(each) for each in plan.exceptions] == [
        "2026-12-24: 00:00-24:00",
        "12-24: closed",
    ]


def test_events_of_a_calendar_are_exceptions(tmp_path: Path) -> None:
    config = with_calendar(tmp_path, HOLIDAYS)
    ruling = config.policy.ruling(DeviceId("kitchen"), local("2030-12-26 11:00"))
    assert (
        ruling.rule
        == "2030-12-25 to 2030-12-26: 10:00-12:00 (exception of the house, holidays.ics)"
    )
    assert config.calendars == (tmp_path / "holidays.ics",)


def test_a_date_written_out_comes_before_a_calendar_and_a_speakers_before_the_houses(
    tmp_path: Path,
) -> None:
    (tmp_path / "holidays.ics").write_text(HOLIDAYS)
    text = MINIMAL.replace(
        "Berlin\n",
        "Berlin\n  exceptions: {2026-12-26: closed}\n  calendars: {holidays.ics: open}\n",
    )
    text += "    calendars: {holidays.ics: [08:00-09:00]}\n"
    config = parse_config(text, tmp_path / "home.yaml")
    schedule = config.policy.devices[DeviceId("kitchen")].schedule
    assert schedule.source == "the house"
    on = [schedule.exception_on(date(2026, 12, day)) for day in (25, 26)]
    assert [each and each.source for each in on] == ["kitchen, holidays.ics"] * 2
    house_only = parse_config(text.rsplit("    calendars", 1)[0], tmp_path / "home.yaml")
    schedule = house_only.policy.devices[DeviceId("kitchen")].schedule
    on = [schedule.exception_on(date(2026, 12, day)) for day in (25, 26)]
    assert [each and each.source for each in on] == ["the house, holidays.ics", "the house"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("<html>", "holidays.ics:1: this is not a calendar", id="a web page"),
        pytest.param(
            HOLIDAYS.replace("YEARLY", "YEARLY;BYDAY=1MO"),
            "holidays.ics:2: this event is not understood: a repetition with BYDAY",
            id="a repetition that is not read",
        ),
        pytest.param("BEGIN:VCALENDAR" + " " * 4_000_000, "larger than", id="too large"),
    ],
)
def test_a_broken_calendar_is_refused_at_the_line_that_names_it(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        with_calendar(tmp_path, text)
    (complaint,) = caught.value.complaints
    assert (complaint.line, complaint.column) == (5, 5)
    assert said in complaint.message


def test_a_calendar_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"none\.ics cannot be read: there is no such file"):
        parse(MINIMAL.replace("Berlin\n", "Berlin\n  calendars: {none.ics: closed}\n"))


def test_the_fail_policy_is_merged_cause_by_cause() -> None:
    devices = parse(FULL).policy.devices
    assert devices[DeviceId("kitchen")].fail[Cause.CLOCK_UNTRUSTED] is Fail.OPEN
    assert devices[DeviceId("bedroom")].fail[Cause.CLOCK_UNTRUSTED] is Fail.VOICE_CLOSED
    assert devices[DeviceId("bedroom")].fail[Cause.GATE_DOWN] is Fail.CLOSED
    assert devices[DeviceId("bedroom")].fail[Cause.MEMORY] is FAIL_DEFAULTS[Cause.MEMORY]


def test_a_speaker_may_be_known_by_a_fixed_address() -> None:
    policy = parse(FULL).policy
    assert policy.device_at("192.168.1.20") == policy.device_at("fd00::20") == "bedroom"
    assert policy.device_at("192.168.1.21") is None


def test_the_gateways_settings_are_read() -> None:
    gateway = parse(FULL).gateway
    assert gateway == GatewaySettings(
        proxy_port=9443,
        resolver="192.168.1.1",
        mark_bits=0x50000000,
        routers=(Mac("50:14:79:10:00:0a"),),
    )


# --- what it says when it is wrong ----------------------------------------------------------------

# The old text, the new one with a mark where the complaint has to point to, words of the complaint.
MUTATIONS = [
    pytest.param("house:", "|hause:", 'unknown key "hause"; nearest: "house"', id="a section"),
    pytest.param("  windows:", "  |widows:", 'nearest: "windows"', id="a misspelt key"),
    pytest.param("    name:", "    |Name:", 'nearest: "name"', id="a key in capitals"),
    pytest.param("  proxy_port", "  |proxyport", 'nearest: "proxy_port"', id="a gateway key"),
    pytest.param("  upstairs:", "  |up stairs:", "cannot be a name", id="a name with a space"),
    pytest.param("  kitchen:", "  |Kitchen:", "cannot be a name", id="a name in capitals"),
    pytest.param("  kitchen:", "  |all:", "a word of hushgate's own", id="a reserved name"),
    pytest.param("schema_version: 1\n", "|", '"schema_version" is missing', id="no version"),
    pytest.param("version: 1", "version: |2", "for a newer hushgate", id="a newer version"),
    pytest.param("version: 1", "version: |0", "expected at least 1", id="version zero"),
    pytest.param("version: 1", 'version: |"1"', "a whole number", id="a version as text"),
    pytest.param("house:\n  zone: Europe/Berlin", "|house:", '"zone" is missing', id="no zone"),
    pytest.param(
        "Europe/Berlin", "|Europe/Belrin", 'nearest: "Europe/Berlin"', id="a misspelt zone"
    ),
    pytest.param("Europe/Berlin", "|CET+1", "not a known time zone", id="no such zone"),
    pytest.param("Europe/Berlin", "|../etc/passwd", "not a known time zone", id="a path as zone"),
    pytest.param("Europe/Berlin", "|[Europe/Berlin]", "expected a time zone", id="a list of zones"),
    pytest.param("mon-fri 07", "|mno-fri 07", '"mno" is not a day; nearest: "mon"', id="a day"),
    pytest.param("mon-fri 07", "|mon-fri-sat 07", "is not a day", id="two dashes"),
    pytest.param("mon-fri 07:00-22:00", "|mon 07:00-25:00", "00:00 to 24:00", id="hour 25"),
    pytest.param("mon-fri 07:00-22:00", "|mon 07:00-22:61", "00:00 to 24:00", id="minute 61"),
    pytest.param("mon-fri 07:00-22:00", "|mon 07:00-07:00", "00:00-24:00", id="no length"),
    pytest.param("mon-fri 07:00-22:00", "|mon 07:00", "e.g. 07:00-22:00", id="no end"),
    pytest.param("mon-fri 07:00-22:00", "|mon-fri", "the hours are missing", id="no hours"),
    pytest.param("mon-fri 07:00-22:00", "|7:00-8:00 9:00-10:00", "is not a day", id="two spans"),
    pytest.param("mon-fri 07:00-22:00", "|time=7 days=mon", "is not a", id="invented modifiers"),
    pytest.param("mon-fri 07:00-22:00", "|7", "expected a window", id="a number as window"),
    pytest.param("- mon-fri 07:00-22:00\n    -", "|mon-fri 7:00-8:00,", "a list", id="no dashes"),
    pytest.param("2026-12-31", "|2026-13-31", "month must be in 1..12", id="month 13"),
    pytest.param("2026-12-31", "|2026-02-30", "not a date", id="30 February"),
    pytest.param("2026-12-31", "|31.12.2026", "expected e.g. 2026-12-24", id="another date order"),
    pytest.param("2026-12-24 to 2026-12-26", "|2026-12-24 to 2026-12-20", "before", id="backwards"),
    pytest.param("2026-12-31: open", "|2026-12-25: open", "overlaps", id="two answers for a date"),
    pytest.param("01: closed", "01: |close", "expected closed, open, or hours", id="close"),
    pytest.param("[10:00-12:00, 18", "|[10:00-12, 18", "not a time of day", id="hours of a date"),
    pytest.param("outside: block", "outside: |blok", 'nearest: "block"', id="a misspelt mode"),
    pytest.param("outside: block", "outside: |off", 'nearest: "offline"', id="off"),
    pytest.param("outside: block", "outside: |true", "expected block or delay", id="true as mode"),
    pytest.param("hard_edge: true", "hard_edge: |yes", "true or false", id="yes"),
    pytest.param("grace: 5s", "grace: |5", "with its unit", id="no unit"),
    pytest.param("grace: 5s", "grace: |5 lightyears", "expected e.g. 20m", id="another unit"),
    pytest.param("grace: 5s", "grace: |-5s", "not a length of time", id="a negative length"),
    pytest.param("grace: 5s", "upload_budget: |4", "a size with its unit", id="a bare size"),
    pytest.param("grace: 5s", "upload_budget: |4 tons", "is not a size", id="no size"),
    pytest.param("on_block: quiet", "on_block: |silent", "announce, quiet", id="on_block"),
    pytest.param("lists: [ads]", "lists: [|adz]", 'no list "adz"; nearest: "ads"', id="a list"),
    pytest.param("lists: [ads]", "lists: |ads", "expected a list", id="no brackets"),
    pytest.param("gate-down: closed", "|gate_down: closed", '"gate-down"', id="a cause"),
    pytest.param("gate-down: closed", "gate-down: |close", '"closed"', id="a fail word"),
    pytest.param("gate-down: closed", "gate-down: |open", "expected closed", id="no such choice"),
    pytest.param("0x50000000", "|0x10000000", "two bits or more", id="one mark bit"),
    pytest.param("group: upstairs", "group: |upstair", 'nearest: "upstairs"', id="a group"),
    pytest.param("FC-65-DE-10-00-01", "|FC-65-DE-10-00", "six pairs", id="five pairs"),
    pytest.param("FC-65-DE-10-00-01", "|12:34:56:78:90", "six pairs", id="five pairs of digits"),
    pytest.param("FC-65-DE-10-00-01", "|ff:ff:ff:ff:ff:ff", "a group address", id="broadcast"),
    pytest.param("74:c2:46:10:00:04", "|FC:65:DE:10:00:01", 'to "kitchen"', id="the same hardware"),
    pytest.param(
        "office:\n    mac: 74:c2:46:10:00:04", "|office:", "neither mac", id="no hardware"
    ),
    pytest.param("192.168.1.20", "|192.168.1.256", "not an IP address", id="an address"),
    pytest.param(
        "74:c2:46:10:00:04", "74:c2:46:10:00:04\n    name: |Bedroom", "name of", id="a name"
    ),
    pytest.param(
        "upstairs:\n    zone", "|kitchen:\n    zone", "name of speaker", id="a group's name"
    ),
    pytest.param("name: Kitchen Echo", "|name:", "has no value", id="no value"),
    pytest.param("name: Kitchen Echo", 'name: |""', "expected a name", id="an empty name"),
    pytest.param("name: Kitchen Echo", "name: |7", "expected text", id="a number as name"),
    pytest.param("    vendor", "    |mac: a\n    vendor", "written twice", id="a key twice"),
    pytest.param("  office:", "  |kitchen:", "written twice; first in line", id="a speaker twice"),
    pytest.param("proxy_port: 9443", "proxy_port: |0", "at least 1", id="port 0"),
    pytest.param("proxy_port: 9443", "proxy_port: |94430", "at most 65535", id="a port too large"),
    pytest.param(
        "resolver: 192", "resolver: |dns.192", "not an IP address", id="a resolver's name"
    ),
    pytest.param("gateway:", "gateway: |7\nx:", "expected KEY: VALUE lines", id="no section"),
    pytest.param(
        "speakers:", "speakers: |[]\nx:", "expected KEY: VALUE lines", id="a list instead"
    ),
    pytest.param("  zone: E", "|\tzone: E", "spaces, not tabs", id="a tab"),
    pytest.param("    mac: FC", "   |mac: FC", "indented like its neighbors", id="indentation"),
    pytest.param("name: Kitchen Echo", "name: Kitchen|: Echo", "not valid YAML", id="a colon"),
    pytest.param("vendor: amazon", "vendor: |!x amazon", "tags (!x)", id="a tag"),
    pytest.param("/etc/hushgate/ads.txt\ngateway", "[/etc\ngateway|", "in line 48", id="a bracket"),
]


@pytest.mark.parametrize(("old", "new", "said"), MUTATIONS)
def test_a_mistake_is_refused_at_its_place_with_a_helpful_line(
    old: str, new: str, said: str
) -> None:
    assert FULL.count(old) >= 1
    before, _, after = FULL.replace(old, new, 1).partition("|")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    found = complaints(before + after)
    place = f"home.yaml:{line}:{column}: "
    assert any(each.startswith(place) and said in each for each in found), (place, found)


def test_there_are_at_least_fifty_kinds_of_mistake() -> None:
    assert len(MUTATIONS) >= 50


def test_all_mistakes_are_said_at_once_in_the_order_of_the_lines() -> None:
    text = FULL
    for old, new in (
        ("Europe/Berlin", "Europe/Belrin"),
        ("mon-fri", "mno-fri"),
        ("group: upstairs", "group: cellar"),
        ("proxy_port", "prxy_port"),
    ):
        text = text.replace(old, new, 1)
    places = [each.split(":")[1] for each in complaints(text)]
    assert places == ["3", "5", "38", "50"]


def test_a_complaint_carries_file_line_column_and_words_apart() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(FULL.replace("outside: block", "outside: blok"))
    expected = '"blok" is not valid here; nearest: "block"'
    assert caught.value.complaints == (Complaint(expected, "home.yaml", 11, 12),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"# only a comment\n", "the file is empty", id="only comments"),
        pytest.param(b"~\n", "the file is empty", id="nothing, in YAML's word"),
        pytest.param(b"\xff\xfe\x00", "not UTF-8", id="another encoding"),
        pytest.param(b"house\x00", "not text", id="a zero byte"),
        pytest.param(b"<html>404</html>\n", "expected KEY: VALUE lines", id="a web page"),
        pytest.param(b"- a\n- b\n", "expected KEY: VALUE lines", id="a list"),
        pytest.param(b"a: 1\n---\nb: 2\n", "another document", id="two documents"),
        pytest.param(b"a: " + b"[" * 900 + b"]" * 900, "levels deep", id="very deep"),
        pytest.param(b"a: &a [*a]\n", "alias", id="a list that holds itself"),
    ],
)
def test_a_file_that_is_no_configuration_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "home.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load_config(path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_config(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read: it is a directory"):
        load_config(tmp_path)


def test_a_file_cut_anywhere_is_a_valid_one_or_a_complaint() -> None:
    valid = 0
    for end in range(0, len(FULL), 3):
        try:
            valid += bool(parse(FULL[:end]))
        except ConfigError as error:
            message = str(error)
            assert message.startswith("home.yaml:"), message
    assert valid


def test_a_hundred_speakers_each_keep_their_own_rules() -> None:
    speakers = "".join(
        f"  s{number}:\n    mac: fc:65:de:10:00:{number:02x}\n    grace: {number + 1}s\n"
        for number in range(100)
    )
    devices = parse(MINIMAL.split("speakers:")[0] + "speakers:\n" + speakers).policy.devices
    graces = [timedelta(seconds=device.grace) for device in devices.values()]
    assert graces == [timedelta(seconds=number + 1) for number in range(100)]


# --- devices that are no speakers -----------------------------------------------------------------


def test_what_the_owner_says_of_other_devices() -> None:
    said = "devices:\n  00:11:22:33:44:55:\n    name: Robbie\n    kind: appliance\n"
    config = parse(MINIMAL + said)
    assert config.said == {Mac("00:11:22:33:44:55"): Said("Robbie", Kind.APPLIANCE)}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param("  fc:65:de:10:00:01:\n    name: x\n", "is the speaker", id="it is guarded"),
        pytest.param("  robbie:\n    name: x\n", "not a hardware address", id="no address"),
        pytest.param(
            "  00:11:22:33:44:55:\n    kind: speaker\n", 'under "speakers"', id="it is a speaker"
        ),
    ],
)
def test_devices_that_make_no_sense(lines: str, message: str) -> None:
    assert message in "\n".join(complaints(f"{MINIMAL}devices:\n{lines}"))


def test_a_name_that_two_speakers_have_is_said_as_it_is_written() -> None:
    text = (
        "schema_version: 1\nhouse: {zone: UTC}\nspeakers:\n"
        "  hall: {mac: fc:65:de:10:00:01, name: Echo}\n"
        "  den: {mac: fc:65:de:10:00:02, name: ECHO}\n"
    )
    with pytest.raises(ConfigError, match='"ECHO" is also the name of speaker "hall"'):
        parse_config(text, Path("test.yaml"))
