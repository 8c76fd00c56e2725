"""Lists in force: who wins, for whom, and what is shown."""

import pytest

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Effect, Entry, Format, Precedence
from hushgate.core.listreading import find_line, read_list
from hushgate.core.lists import BlockList, ListSet, Match, Rules, Scope, Table
from hushgate.core.model import DeviceId
from hushgate.core.suffixes import NO_SUFFIXES
from tests.core.listformats.reading import split_blocks

KITCHEN, BEDROOM = DeviceId("kitchen"), DeviceId("bedroom")
EVERYONE = Scope(everyone=True)


def make_list(
    name: str,
    text: str,
    *,
    scope: Scope = EVERYONE,
    form: Format = Format.ADBLOCK,
    allow: bool = False,
    own: bool = False,
) -> BlockList:
    data = text.encode()
    reading = read_list(split_blocks(data), name, suffixes=NO_SUFFIXES, form=form, allow=allow)
    return BlockList(
        name,
        reading.rules,
        scope,
        lambda entry: find_line(data, reading, entry, allow=allow),
        own=own,
    )


def verdict(match: Match | None) -> str:
    if match is None:
        return "passes"
    return f"{'allowed' if match.allow else 'blocked'} by {match}"


PRECEDENCE = [
    pytest.param("", "||a.example^", "", "blocked by one:1", id="a block of any list"),
    pytest.param("", "||a.example^", "@@||a.example^", "allowed by two:1", id="an exception wins"),
    pytest.param(
        "", "||x.a.example^", "@@||a.example^", "allowed by two:1", id="however wide it is"
    ),
    pytest.param(
        "",
        "||a.example^$important",
        "@@||a.example^",
        "blocked by one:1",
        id="an important block wins over it",
    ),
    pytest.param(
        "",
        "||a.example^$important",
        "@@||a.example^$important",
        "allowed by two:1",
        id="an important exception over that",
    ),
    pytest.param(
        "! mine\n||a.example^",
        "",
        "@@||a.example^$important",
        "blocked by own:2",
        id="the owner's block over everything",
    ),
    pytest.param(
        "@@||a.example^",
        "||a.example^$important",
        "",
        "allowed by own:1",
        id="the owner's exception too",
    ),
    pytest.param(
        "||a.example^\n@@||x.a.example^",
        "",
        "",
        "allowed by own:2",
        id="of the owner's own two the exception",
    ),
    pytest.param("", "||b.example^", "b", "passes", id="no list speaks of it"),
]


@pytest.mark.parametrize(("own", "one", "two", "expected"), PRECEDENCE)
def test_who_decides(own: str, one: str, two: str, expected: str) -> None:
    lists = ListSet([make_list("one", one), make_list("two", two), make_list("own", own, own=True)])
    assert verdict(lists.match(KITCHEN, "x.a.example")) == expected


def test_a_list_subscribed_as_exceptions_lets_its_names_pass() -> None:
    lists = ListSet(
        [
            make_list("deny", "0.0.0.0 a.example", form=Format.HOSTS),
            make_list("allow", "a.example", form=Format.DOMAINS, allow=True),
        ]
    )
    assert verdict(lists.match(KITCHEN, "a.example")) == "allowed by allow:1"


def test_an_important_block_becomes_an_important_exception_in_a_list_of_exceptions() -> None:
    lists = ListSet(
        [
            make_list("deny", "||a.example^$important"),
            make_list("allow", "||a.example^$important", allow=True),
        ]
    )
    assert verdict(lists.match(KITCHEN, "a.example")) == "allowed by allow:1"


def test_a_list_speaks_for_its_devices_only() -> None:
    only_kitchen = Scope(everyone=False, unlike=frozenset({KITCHEN}))
    lists = ListSet([make_list("one", "||a.example^", scope=only_kitchen)])
    assert lists.match(KITCHEN, "a.example") is not None
    assert lists.match(BEDROOM, "a.example") is None


def test_names_are_asked_as_devices_write_them() -> None:
    lists = ListSet([make_list("one", "||bücher.example^\n||a.example^")])
    assert lists.match(KITCHEN, "A.Example.") is not None
    assert lists.match(KITCHEN, "www.xn--bcher-kva.example") is not None
    assert lists.match(KITCHEN, "\udcff.example") is None


def test_a_match_shows_its_list_its_line_and_its_entry() -> None:
    lists = ListSet([make_list("one", "! c\n||a.example^\n/^b[0-9]/\n|c.example^")])
    shown = [
        (match.list_id, match.line, match.entry, str(match))
        for name in ("x.a.example", "b1.example", "c.example")
        if (match := lists.match(KITCHEN, name))
    ]
    assert shown == [
        ("one", 2, "||a.example^", "one:2"),
        ("one", 3, "/^b[0-9]/", "one:3"),
        ("one", 4, "c.example", "one:4"),
    ]


def test_a_match_whose_line_cannot_be_found_shows_the_list_alone() -> None:
    source = make_list("one", "||a.example^")
    lost = BlockList(source.id, source.rules, source.scope, lambda entry: None)
    match = ListSet([lost]).match(KITCHEN, "a.example")
    assert str(match) == "one"


@pytest.mark.parametrize(
    ("scope", "shown", "kitchen", "bedroom"),
    [
        (Scope(), "off", False, False),
        (Scope(everyone=True), "every device", True, True),
        (Scope(True, frozenset({KITCHEN})), "every device but kitchen", False, True),
        (Scope(False, frozenset({KITCHEN})), "kitchen", True, False),
    ],
)
def test_a_scope_covers_what_it_says(
    scope: Scope, shown: str, kitchen: bool, bedroom: bool
) -> None:
    assert str(scope) == shown
    assert (scope.covers(KITCHEN), scope.covers(BEDROOM)) == (kitchen, bedroom)
    assert scope.is_off == (shown == "off")


def test_switching_for_one_device_leaves_the_others_as_they_are() -> None:
    scope = Scope(everyone=True).switched(on=False, device=KITCHEN)
    assert (scope.covers(KITCHEN), scope.covers(BEDROOM)) == (False, True)
    assert scope.switched(on=True, device=KITCHEN) == EVERYONE
    scope = Scope().switched(on=True, device=BEDROOM)
    assert (scope.covers(KITCHEN), scope.covers(BEDROOM)) == (False, True)
    assert scope.switched(on=False, device=BEDROOM).is_off
    assert scope.switched(on=True) == EVERYONE


def test_a_cleared_set_of_lists_decides_nothing() -> None:
    lists = ListSet([make_list("one", "||a.example^\n/^a/")])
    lists.clear()
    assert lists.match(KITCHEN, "a.example") is None


def test_rules_count_blocks_by_reach_and_exceptions_and_what_is_spared_not_at_all() -> None:
    rules = Rules(Precedence.ALLOW)
    for effect, reach, text in (
        (Effect.BLOCK, Reach.EXACT, "a.example"),
        (Effect.BLOCK, Reach.SUFFIX, "b.example"),
        (Effect.BLOCK, Reach.PATTERN, "^c"),
        (Effect.ALLOW, Reach.EXACT, "d.example"),
        (Effect.REST, Reach.PATTERN, "^e"),
        (Effect.SPARE, Reach.SUFFIX, "e.example"),
    ):
        rules.table(effect).add(text, reach)
    rules.seal()
    counts = [rules.count(reach) for reach in (Reach.EXACT, Reach.SUFFIX, Reach.PATTERN)]
    assert (counts, rules.exceptions, len(rules)) == ([1, 1, 2], 1, 5)
    assert Entry("d.example", Reach.EXACT, Effect.ALLOW) in set(rules)


def test_a_table_adds_and_takes_out_names_and_patterns() -> None:
    table = Table()
    assert table.add("a.example", Reach.SUFFIX)
    assert not table.add("a.example", Reach.SUFFIX)
    assert table.add("^b", Reach.PATTERN)
    assert len(list(table)) == len(table) == 2
    table.discard("a.example", Reach.SUFFIX)
    table.discard("^b", Reach.PATTERN)
    assert len(table) == 0


def test_devices_without_end_cannot_fill_the_memory() -> None:
    lists = ListSet([make_list("one", "||a.example^")])
    for number in range(3000):
        assert lists.match(DeviceId(f"device-{number}"), "a.example") is not None
    assert len(lists._by_device) <= 1024
