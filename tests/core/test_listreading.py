"""Whole lists: real ones counted independently, broken ones, and every bad line there is."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.adapters.publicsuffix import public_suffixes
from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Format, Meaning
from hushgate.core.listreading import (
    MAX_LINE,
    Reading,
    change_to_refuse,
    find_line,
    read_list,
)
from tests.core.listformats.reading import split_blocks

LISTS = Path(__file__).parents[3] / "shared" / "data" / "lists"
needs_lists = pytest.mark.skipif(not LISTS.is_dir(), reason=f"the real lists are not at {LISTS}")


def read(
    data: str | bytes,
    *,
    name: str = "list",
    form: Format | None = None,
    meaning: Meaning | None = None,
    allow: bool = False,
) -> Reading:
    raw = data.encode() if isinstance(data, str) else data
    return read_list(
        split_blocks(raw),
        name,
        suffixes=public_suffixes(),
        form=form,
        meaning=meaning,
        allow=allow,
    )


def texts(reading: Reading) -> set[str]:
    return {entry.text for entry in reading.rules}


# ---- real lists -------------------------------------------------------------------------------

REAL = [
    "anudeepnd/adservers.txt",
    "nextdns-native/alexa",
    "nextdns-native/apple",
    "nextdns-native/huawei",
    "nextdns-native/roku",
    "nextdns-native/samsung",
    "nextdns-native/sonos",
    "nextdns-native/windows",
    "nextdns-native/xiaomi",
    "perflyst/AmazonFireTV.txt",
    "perflyst/SessionReplay.txt",
    "perflyst/SmartTV.txt",
    "perflyst/android-tracking.txt",
    "shadowwhisperer/Apple",
    "shadowwhisperer/DNS",
    "shadowwhisperer/Tracking.gz",
    "shadowwhisperer/Tunnels",
    "shadowwhisperer/Wild_Ads",
    "shadowwhisperer/Wild_Apple",
]


def load(path: str) -> bytes:
    data = (LISTS / path).read_bytes()
    return gzip.decompress(data) if path.endswith(".gz") else data


def count_independently(data: bytes) -> tuple[set[str], int]:
    """The names of a plain or hosts list, and how many lines hold one."""
    found = [
        match[1].lower()
        for match in re.finditer(
            r"^(?:0\.0\.0\.0[ \t]+)?([A-Za-z0-9_.-]+)[ \t\r]*(?:#.*)?$", data.decode(), re.MULTILINE
        )
    ]
    return set(found), len(found)


@needs_lists
@pytest.mark.parametrize("path", REAL)
def test_a_real_list_loads_with_the_counts_of_an_independent_reader(path: str) -> None:
    data = load(path)
    reading = read(data, name=Path(path).name)
    names, lines = count_independently(data)
    assert texts(reading) == names
    assert len(reading.rules) + reading.duplicates == lines
    assert (reading.invalid, reading.ignored, reading.refused) == (0, 0, None)
    wild = Path(path).name.startswith("Wild_")
    assert reading.choice.meaning is (Meaning.SUFFIX if wild else Meaning.EXACT)


@needs_lists
def test_a_real_adblock_list_loads_with_the_counts_of_an_independent_reader() -> None:
    data = load("perflyst/SmartTV-AGH.txt")
    rules = [line for line in data.decode().splitlines() if line and not line.startswith("!")]
    plain = [rule for rule in rules if re.match(r"\|\|[A-Za-z0-9.-]+\^( #.*)?$", rule)]
    reading = read(data)
    assert reading.rules.count(Reach.SUFFIX) + reading.duplicates == len(plain)
    assert reading.rules.exceptions == sum(rule.startswith("@@") for rule in rules)
    assert reading.ignored == sum("$ctag" in rule for rule in rules)
    assert reading.rules.count(Reach.EXACT) == sum(rule.startswith("|l") for rule in rules) + sum(
        rule.startswith("|s") for rule in rules
    )
    assert len(reading.rules) + reading.ignored + reading.duplicates == len(rules)
    assert reading.invalid == 0


@needs_lists
def test_a_real_list_of_expressions_loads_with_the_count_of_an_independent_reader() -> None:
    data = load("perflyst/regex.list")
    lines = [line for line in data.decode().splitlines() if line and not line.startswith("#")]
    reading = read(data)
    assert reading.rules.count(Reach.PATTERN) == len(reading.rules) == len(lines)


@needs_lists
def test_a_real_list_is_the_same_set_in_every_format() -> None:
    names = sorted(count_independently(load("shadowwhisperer/Tunnels"))[0])
    forms: list[tuple[Format, Callable[[str], str], Meaning | None]] = [
        (Format.DOMAINS, "{}".format, Meaning.SUFFIX),
        (Format.WILDCARD, "*.{}".format, None),
        (Format.ADBLOCK, "||{}^".format, None),
        (Format.DNSMASQ, "address=/{}/".format, None),
        (Format.UNBOUND, 'local-zone: "{}." always_nxdomain'.format, None),
    ]
    for form, write, meaning in forms:
        text = "".join(f"{write(name)}\n" for name in names)
        reading = read(text, meaning=meaning)
        assert reading.choice.format is form
        assert set(reading.rules) == {Entry(name, Reach.SUFFIX) for name in names}


# ---- lists that are not lists -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"<html><body>a.example</body>", "HTML", id="an HTML page"),
        pytest.param(b"\xef\xbb\xbf\r\n <!DOCTYPE html>", "HTML", id="one with a byte order mark"),
        pytest.param(b"<!-- saved --><html>", "HTML", id="one that begins with a comment"),
        pytest.param(b'{"message": "a.example"}', "JSON", id="an error of an interface"),
        pytest.param(b'[{"name": "a.example"}]', "JSON", id="an answer of an interface"),
        pytest.param(b"PK\x03\x04\0\0list", "packed with zip", id="one that is packed with zip"),
        pytest.param(b"a.example\nb\0.example\n", "NUL", id="a NUL byte"),
        pytest.param("a.example\n".encode("utf-16"), "NUL", id="UTF-16"),
        pytest.param(b"", "holds no entry", id="nothing"),
        pytest.param(b"# comment\n\n", "holds no entry", id="only comments"),
        pytest.param(b"foo\nbar\n", "none of its 2 lines", id="no line that can be read"),
        pytest.param(b"404: Not Found", "its only line", id="an error in words"),
    ],
)
def test_what_is_not_a_list_is_refused(data: bytes, reason: str) -> None:
    assert reason in (read(data).refused or "")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (100, 999, None),
        (100, 1_000, "grew from 100 to 1,000 entries"),
        (1_000, 101, None),
        (1_000, 100, "shrank from 1,000 to 100 entries"),
        (1_000, 0, "shrank from 1,000 to 0 entries"),
    ],
)
def test_a_list_that_changed_tenfold_is_not_believed(
    before: int, after: int, reason: str | None
) -> None:
    assert change_to_refuse(before, after) == reason


# ---- every bad line there is: the good ones around it stay ---------------------------------------

GOOD = {"before.example", "after.example"}


@pytest.mark.parametrize(
    ("line", "more", "invalid", "ignored"),
    [
        pytest.param("", set(), 0, 0, id="empty"),
        pytest.param("# comment", set(), 0, 0, id="a comment"),
        pytest.param("! comment", set(), 0, 0, id="Adblock's comment"),
        pytest.param("; comment", set(), 0, 0, id="another comment"),
        pytest.param("[Section]", set(), 0, 0, id="a section"),
        pytest.param("ads.example \t\r", {"ads.example"}, 0, 0, id="CRLF and trailing blanks"),
        pytest.param("ADS.Example", {"ads.example"}, 0, 0, id="upper case"),
        pytest.param("ads.example.", {"ads.example"}, 0, 0, id="a trailing dot"),
        pytest.param("ads\x01.example", set(), 1, 0, id="a control byte costs only its line"),
        pytest.param("ads\x7f.example", set(), 1, 0, id="DEL costs only its line"),
        pytest.param("a" * (MAX_LINE + 1), set(), 1, 0, id="a line longer than 64 KiB"),
        pytest.param("||||", set(), 1, 0, id="a rule that cannot be read"),
        pytest.param(
            "a.example b.example", {"a.example", "b.example"}, 0, 0, id="two names, no address"
        ),
        pytest.param("foo real.example", {"real.example"}, 1, 0, id="a bad and a good token"),
        pytest.param("foo bar", set(), 1, 0, id="two bad tokens are one bad line"),
        pytest.param("// comment", set(), 0, 0, id="a programmer's comment"),
        pytest.param("192.0.2.1", set(), 0, 1, id="an address alone"),
        pytest.param("\ufeffads.example", {"ads.example"}, 0, 0, id="a byte order mark"),
        pytest.param("ads.example#comment", {"ads.example"}, 0, 0, id="a comment without a blank"),
        pytest.param("a" * 64 + ".example", set(), 1, 0, id="a label longer than 63"),
        pytest.param("a." * 127 + "example", set(), 1, 0, id="a name longer than 253"),
        pytest.param("a..example", set(), 1, 0, id="an empty label"),
        pytest.param("ads.-example", set(), 1, 0, id="a hyphen at the edge of the last label"),
        pytest.param("bücher.example", {"xn--bcher-kva.example"}, 0, 0, id="non-ASCII is encoded"),
        pytest.param("_ads.example", {"_ads.example"}, 0, 0, id="an underscore"),
        pytest.param("localhost", set(), 1, 0, id="a single label"),
        pytest.param("com", set(), 1, 0, id="a public suffix of one label"),
        pytest.param("co.uk", set(), 1, 0, id="a public suffix"),
        pytest.param("anything.ck", set(), 1, 0, id="one by an asterisk rule"),
        pytest.param("192.168.1.10 nas.example", set(), 0, 1, id="an answer"),
    ],
)
def test_a_bad_line_costs_only_itself(
    line: str, more: set[str], invalid: int, ignored: int
) -> None:
    reading = read(f"before.example\n{line}\nafter.example\n", form=Format.DOMAINS)
    assert texts(reading) == GOOD | more
    assert (reading.invalid, reading.ignored) == (invalid, ignored)
    assert [example.line for example in reading.examples] == [2] * (invalid + ignored)
    assert reading.refused is None


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert texts(read(b"\xef\xbb\xbfads.example\r\nb.example\r\n")) == {"ads.example", "b.example"}


def test_a_long_header_does_not_hide_the_format() -> None:
    reading = read("! a long license, line by line\n" * 1000 + "||ads.example^\n")
    assert reading.choice.format is Format.ADBLOCK
    assert texts(reading) == {"ads.example"}


def test_a_public_suffix_is_refused_in_every_format() -> None:
    for form, line in (
        (Format.HOSTS, "0.0.0.0 co.uk"),
        (Format.ADBLOCK, "||co.uk^"),
        (Format.DNSMASQ, "address=/co.uk/"),
        (Format.RPZ, "*.co.uk CNAME ."),
        (Format.UNBOUND, 'local-zone: "co.uk." refuse'),
        (Format.WILDCARD, "*.co.uk"),
    ):
        reading = read(f"{line}\n{line.replace('co.uk', 'a.co.uk')}\n", form=form)
        assert (len(reading.rules), reading.invalid) == (1, 1)
        assert "public suffix" in reading.examples[0].problem


def test_bytes_that_are_not_utf_8_cost_only_their_line() -> None:
    reading = read(b"# caf\xe9\nb\xfccher.example\nads.example\n")
    assert texts(reading) == {"ads.example"}
    assert reading.invalid == 1


def test_an_expression_that_cannot_be_used_says_why() -> None:
    reading = read("^ads\n(ads\n", form=Format.REGEX)
    assert len(reading.rules) == 1
    assert reading.examples[0].problem == 'not a usable expression: "(" is never closed'


def test_duplicates_are_counted_and_only_the_first_examples_kept() -> None:
    reading = read("a.example\nA.example.\n" + "foo\n" * 50)
    assert (len(reading.rules), reading.duplicates, reading.invalid) == (1, 1, 50)
    assert [example.line for example in reading.examples] == list(range(3, 13))


def test_a_list_of_exceptions_turns_every_entry_around() -> None:
    reading = read("a.example\n0.0.0.0 b.example\n", allow=True)
    assert {entry.effect for entry in reading.rules} == {Effect.ALLOW}
    assert reading.rules.exceptions == 2


def test_a_line_is_found_again_by_its_entry() -> None:
    data = "# c\n" * 700 + "0.0.0.0 a.example\n" + "0.0.0.0 x\n" * 700 + "0.0.0.0 bücher.example\n"
    reading = read(data)
    raw = data.encode()
    where = {entry.text: find_line(raw, reading, entry) for entry in reading.rules}
    assert where == {"a.example": 701, "xn--bcher-kva.example": 1402}
    assert find_line(raw, reading, Entry("c.example", Reach.EXACT)) is None


def test_a_line_is_told_from_one_of_the_opposite_effect() -> None:
    data = b"@@||a.example^\n||a.example^\n"
    reading = read(data)
    found = [
        find_line(data, reading, Entry("a.example", Reach.SUFFIX, effect))
        for effect in (Effect.ALLOW, Effect.BLOCK)
    ]
    assert found == [1, 2]


@given(st.binary(max_size=400), st.sampled_from([None, *Format]))
def test_any_bytes_give_a_reading(data: bytes, form: Format | None) -> None:
    reading = read(data, form=form)
    assert reading.refused or len(reading.rules)


@given(st.binary(max_size=100))
def test_blocks_together_are_the_data_and_end_with_lines(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hushgate.core.listreading.BLOCK_BYTES", 7)
        blocks = list(split_blocks(data))
    assert b"".join(blocks) == data
    assert all(block.endswith(b"\n") for block in blocks[:-1])
