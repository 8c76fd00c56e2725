"""What one line means: the table of docs/blocklists.md, row by row, and dnsmasq beside it."""

import random
import shutil
from pathlib import Path

import pytest

from hushgate.core.listformats.entry import Format, Meaning
from tests.core.listformats.dnsmasq_oracle import blocked_by_dnsmasq
from tests.core.listformats.reading import blocks, read

needs_dnsmasq = pytest.mark.skipif(
    shutil.which("dnsmasq") is None, reason="dnsmasq is not installed"
)

ROWS = [
    pytest.param(Format.HOSTS, None, "0.0.0.0 ads.example", "apex", id="hosts"),
    pytest.param(Format.DOMAINS, None, "ads.example", "apex", id="plain names"),
    pytest.param(
        Format.DOMAINS,
        Meaning.SUFFIX,
        "ads.example",
        "apex sub",
        id="plain names of a list that means what is below them too",
    ),
    pytest.param(Format.ADBLOCK, None, "||ads.example^", "apex sub", id="Adblock"),
    pytest.param(
        Format.ADBLOCK, None, "ads.example^", "apex sub xapex", id="an Adblock mask without ||"
    ),
    pytest.param(Format.ADBLOCK, None, "ads.", "apex sub xapex", id="an Adblock part of a name"),
    pytest.param(Format.DNSMASQ, None, "address=/ads.example/", "apex sub", id="dnsmasq address"),
    pytest.param(Format.DNSMASQ, None, "server=/ads.example/", "apex sub", id="dnsmasq server"),
    pytest.param(Format.DNSMASQ, None, "local=/ads.example/", "apex sub", id="dnsmasq local"),
    pytest.param(
        Format.DNSMASQ, None, "address=/*.ads.example/", "sub", id="dnsmasq with asterisk and dot"
    ),
    pytest.param(
        Format.DNSMASQ, None, "address=/*ads.example/", "apex sub xapex", id="dnsmasq with asterisk"
    ),
    pytest.param(
        Format.DNSMASQ,
        None,
        "nftset=/ads.example/4#inet#fw#set",
        "apex sub",
        id="dnsmasq nftset, the set taken as blocked",
    ),
    pytest.param(Format.RPZ, None, "ads.example CNAME .", "apex", id="RPZ"),
    pytest.param(Format.RPZ, None, "*.ads.example CNAME .", "sub", id="RPZ with asterisk"),
    pytest.param(
        Format.UNBOUND,
        None,
        'local-zone: "ads.example." always_nxdomain',
        "apex sub",
        id="unbound local-zone",
    ),
    pytest.param(
        Format.UNBOUND,
        None,
        'local-data: "ads.example A 0.0.0.0"',
        "apex",
        id="unbound local-data alone",
    ),
    pytest.param(Format.REGEX, None, r"(^|\.)ads\.example$", "apex sub", id="Pi-hole regex"),
    pytest.param(Format.WILDCARD, None, "*.ads.example", "apex sub", id="a list of wildcards"),
]

NAMES = {"apex": "ads.example", "sub": "x.ads.example", "xapex": "xads.example"}


@pytest.mark.parametrize(("form", "meaning", "line", "covered"), ROWS)
def test_a_line_covers_what_its_own_program_covers(
    form: Format, meaning: Meaning | None, line: str, covered: str
) -> None:
    rules = read(f"{line}\n", form, meaning).rules
    assert [key for key, name in NAMES.items() if blocks(rules, name)] == covered.split()
    assert blocks(rules, "x.y.ads.example") == ("sub" in covered.split())
    assert not blocks(rules, "example")
    assert not blocks(rules, "other.example")


@needs_dnsmasq
def test_dnsmasq_agrees_on_its_rows(tmp_path: Path) -> None:
    for row in ROWS:
        form, _, line, covered = row.values
        if form is Format.DNSMASQ and not str(line).startswith("nftset"):
            answers = blocked_by_dnsmasq(str(line), list(NAMES.values()), tmp_path)
            assert [key for key in NAMES if answers[NAMES[key]]] == str(covered).split(), line


@needs_dnsmasq
def test_dnsmasq_agrees_on_a_hosts_file(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("0.0.0.0 ads.example\n")
    answers = blocked_by_dnsmasq(f"addn-hosts={hosts}", list(NAMES.values()), tmp_path)
    assert [key for key in NAMES if answers[NAMES[key]]] == ["apex"]


LINES = ("address=/{}/", "local=/{}/", "server=/{}/", "server=/{}/#")
TARGETS = ("", "ads.", "*.ads.", "x.ads.", "y.x.ads.", "*.x.ads.")
PROBES = ("", "ads.", "x.ads.", "y.x.ads.", "z.y.x.ads.", "other.", "xads.")


@needs_dnsmasq
def test_dnsmasq_agrees_on_which_of_several_lines_decides(tmp_path: Path) -> None:
    # Eighty random configurations, each about a domain of its own, in one run of dnsmasq.
    chance = random.Random(7)
    lines, names = [], []
    for number in range(80):
        domain = f"d{number}.example"
        targets = chance.sample(TARGETS, chance.randint(1, 4))
        lines += [chance.choice(LINES).format(f"{target}{domain}") for target in targets]
        names += [f"{probe}{domain}" for probe in PROBES]
    config = "\n".join(lines)
    rules = read(config, Format.DNSMASQ).rules
    ours = {name: blocks(rules, name) for name in names}
    assert ours == blocked_by_dnsmasq(config, names, tmp_path)
