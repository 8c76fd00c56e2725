"""What holds for the repository as a whole: its dependencies, what it ships, what has a test."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hushgate.cli import COMMANDS, Command
from hushgate.core.model import Reason

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def pins(lock: Path) -> dict[str, str]:
    """Name to version of each package in a lock file."""
    return dict(re.findall(r"^([^\s=]+)==(\S+)", lock.read_text(), re.MULTILINE))


def closure(requirements: list[str]) -> dict[str, str]:
    """Name to installed version of the packages these need, directly or not."""
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        extras = wanted.extras or {""}
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if name not in found:
            found[name] = importlib.metadata.version(name)
            waiting += [Requirement(text) for text in importlib.metadata.requires(name) or []]
    return found


@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="the list is that of the image's 3.13")
def test_the_dependency_list_is_what_the_gateway_runs_on() -> None:
    installed = closure(PROJECT["project"]["dependencies"])
    listed = (ROOT / "docs" / "dependencies.txt").read_text().splitlines()
    assert listed == sorted(f"{name}=={version}" for name, version in installed.items())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_pins_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    entries = text.replace("\\\n", " ").splitlines()
    assert all(re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line) for line in entries)


def test_developers_run_the_versions_that_the_gateway_runs() -> None:
    runtime, developers = (
        pins(ROOT / "requirements" / f"{name}.lock") for name in ("runtime", "dev")
    )
    assert runtime.items() <= developers.items()


def test_what_the_wheel_ships_is_in_the_repository() -> None:
    build = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    for path in [*build["packages"], *build["force-include"]]:
        tracked = subprocess.run(
            ["git", "ls-files", path], cwd=ROOT, capture_output=True, check=True
        )
        assert tracked.stdout, f"{path} would be missing in a clone"


def test_make_help_names_every_word() -> None:
    makefile = (ROOT / "Makefile").read_text()
    words = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert words
    assert [line.split()[1] for line in shown.stdout.splitlines()] == words[1].split()


def modules(*layers: str) -> list[str]:
    """Dotted names of the modules of these layers."""
    package = ROOT / "addon"
    return [
        ".".join(path.relative_to(package).with_suffix("").parts)
        for layer in layers
        for path in sorted((package / "hushgate" / layer).rglob("*.py"))
        if path.stem != "__init__"
    ]


@pytest.fixture(scope="module")
def imported_by_tests() -> set[str]:
    """Modules of hushgate that some test imports by name."""
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("module", modules("core", "wire"))
def test_each_module_that_reads_or_decides_has_tests(
    module: str, imported_by_tests: set[str]
) -> None:
    *packages, name = module.split(".")[1:]
    own_tests = ROOT.joinpath("tests", *packages, f"test_{name}.py")
    assert own_tests.exists() or module in imported_by_tests


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_explained_to_the_owner(reason: Reason) -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"`{reason}`" in path.read_text() for path in documents)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_of_the_table_is_there(command: Command) -> None:
    assert (ROOT / "addon" / "hushgate" / "commands" / f"{command.module}.py").is_file()


def anchors(document: Path) -> set[str]:
    """What a link may name behind the # of a document: its headings, as forges spell them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_each_module_that_the_design_names_is_there() -> None:
    named = re.findall(r"`([a-z/]+\.py)`", (ROOT / "docs" / "design.md").read_text())
    assert len(named) > 30
    assert [path for path in named if not (ROOT / "addon" / "hushgate" / path).is_file()] == []


@pytest.mark.parametrize(
    "document",
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "grafana").glob("*.md")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_each_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", document.read_text())
    for target, anchor in links:
        path = document.parent / target if target else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), f"{target}#{anchor}"
