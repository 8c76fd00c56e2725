"""Fetching lists, mostly from a server that misbehaves."""

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.adapters.fetch import (
    Limits,
    Stamp,
    fetch,
    file_path,
    gunzip,
    is_file,
    redirect_target,
)
from hushgate.core.errors import UnavailableError
from tests.adapters.listserver import ListServer, answer, list_server, stream

LIST = b"0.0.0.0 ads.example\n" * 100
SMALL = Limits(size=1 << 20)
QUICK = Limits(seconds=1.0, silence=60.0)
RESTLESS = Limits(silence=0.3)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def server() -> Iterator[ListServer]:
    with list_server() as state:
        yield state


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "list"


def test_a_list_is_fetched_whole(server: ListServer, into: Path) -> None:
    url = server.serve("/list", answer(LIST, ETag='"1"', Last_Modified="yesterday"))
    steps: list[tuple[int, int | None]] = []
    stamp = fetch(url, into, progress=lambda done, total: steps.append((done, total)))
    assert into.read_bytes() == LIST
    assert stamp == Stamp('"1"', "yesterday")
    assert steps[-1] == (len(LIST), len(LIST))


def test_an_unchanged_list_is_asked_for_and_not_fetched(server: ListServer, into: Path) -> None:
    url = server.serve("/list", answer(b"", 304))
    assert fetch(url, into, known=Stamp('"1"', "yesterday")) is None
    _, headers = server.asked[0]
    assert headers["If-None-Match"] == '"1"'
    assert headers["If-Modified-Since"] == "yesterday"
    assert not into.exists()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(gzip.compress(LIST), {}, id="a gzip file"),
        pytest.param(gzip.compress(LIST), {"Content_Encoding": "gzip"}, id="a packed transfer"),
        pytest.param(gzip.compress(gzip.compress(LIST)), {"Content_Encoding": "gzip"}, id="both"),
        pytest.param(gzip.compress(LIST[:500]) + gzip.compress(LIST[500:]), {}, id="two members"),
    ],
)
def test_packed_lists_are_unpacked(
    server: ListServer, into: Path, body: bytes, headers: dict[str, str]
) -> None:
    fetch(server.serve("/list.gz", answer(body, **headers)), into)
    assert into.read_bytes() == LIST


def test_a_redirect_is_followed(server: ListServer, into: Path) -> None:
    server.serve("/new", answer(LIST))
    fetch(server.serve("/old", answer(b"", 301, Location="/new")), into)
    assert into.read_bytes() == LIST


def drip(over: threading.Event) -> Iterator[bytes]:
    while not over.wait(0.05):
        yield b"#"


def flood(over: threading.Event) -> Iterator[bytes]:
    while not over.is_set():
        yield b"0.0.0.0 ads.example\n" * 1000


def silent(over: threading.Event) -> Iterator[bytes]:
    yield b"0.0.0.0 ads.example\n"
    over.wait()


BOMB = gzip.compress(bytes(64 << 20))

MISBEHAVIOR = [
    pytest.param(answer(b"gone", 404), "answered 404", id="404"),
    pytest.param(answer(b"oops", 503), "answered 503", id="503"),
    pytest.param(answer(gzip.compress(LIST)[:-20]), "ends too early", id="truncated gzip"),
    pytest.param(answer(gzip.compress(LIST)[:-8] + bytes(8)), "damaged", id="damaged gzip"),
    pytest.param(answer(LIST, Content_Length="9999"), "broke off", id="a body cut short"),
    pytest.param(answer(b"", 302, Location="/bad"), "more than 5 times", id="a redirect loop"),
    pytest.param(
        answer(b"", 302, Location="file:///etc/passwd"), "not followed", id="a redirect to a file"
    ),
    pytest.param(stream(flood), "larger than 1 MiB", id="a body without end"),
    pytest.param(answer(BOMB), "larger than 1 MiB", id="a small file that unpacks to 64 MiB"),
]
SLOWNESS = [
    pytest.param(
        stream(drip), "(not finished after|no answer within) 1 s", QUICK, id="a byte now and then"
    ),
    pytest.param(stream(silent), "does not answer|broke off", RESTLESS, id="silence in the middle"),
]


@pytest.mark.parametrize(("behavior", "reason"), MISBEHAVIOR)
def test_a_server_that_misbehaves_leaves_nothing_behind(
    server: ListServer, into: Path, behavior: object, reason: str
) -> None:
    url = server.serve("/bad", behavior)  # type: ignore[arg-type]
    with pytest.raises(UnavailableError, match=reason):
        fetch(url, into, limits=SMALL)
    assert not into.exists()


@pytest.mark.parametrize(("behavior", "reason", "limits"), SLOWNESS)
def test_a_server_that_takes_its_time_leaves_nothing_behind(
    server: ListServer, into: Path, behavior: object, reason: str, limits: Limits
) -> None:
    url = server.serve("/slow", behavior)  # type: ignore[arg-type]
    with pytest.raises(UnavailableError, match=reason):
        fetch(url, into, limits=limits)
    assert not into.exists()


def test_headers_that_drip_are_given_up(server: ListServer, into: Path) -> None:
    def behave(handler: object) -> None:
        wfile, over = handler.wfile, handler.server.over  # type: ignore[attr-defined]
        wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        for byte in drip(over):
            wfile.write(byte)

    with pytest.raises(UnavailableError, match="no answer within 1 s"):
        fetch(server.serve("/slow", behave), into, limits=QUICK)


def test_https_is_never_left_for_http() -> None:
    assert redirect_target("https://a.example/x", "/y") == "https://a.example/y"
    assert redirect_target("http://a.example/x", "https://b.example/") == "https://b.example/"
    with pytest.raises(UnavailableError, match="not followed"):
        redirect_target("https://a.example/x", "http://a.example/x")


def test_a_server_without_the_certificate_it_should_have_is_not_believed(
    server: ListServer, into: Path
) -> None:
    with pytest.raises(UnavailableError, match=r"cannot be reached|not trusted"):
        fetch(server.url.replace("http:", "https:") + "/list", into, limits=SMALL)


def test_nobody_listening_is_said(into: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/list", into, limits=QUICK)


@pytest.mark.parametrize("location", ["ftp://a.example/list", "data://x"])
def test_other_kinds_of_addresses_are_not_read(into: Path, location: str) -> None:
    with pytest.raises(UnavailableError, match="use https, http or file"):
        fetch(location, into)


def test_a_file_is_read_by_path_and_by_address_and_only_when_it_changed(tmp_path: Path) -> None:
    source, into = tmp_path / "my list?#1.gz", tmp_path / "list"
    source.write_bytes(gzip.compress(LIST))
    stamp = fetch(str(source), into)
    assert into.read_bytes() == LIST
    assert fetch(source.as_uri(), into, known=stamp) is None
    source.write_bytes(gzip.compress(LIST * 2))
    assert fetch(str(source), into, known=stamp) is not None
    assert into.read_bytes() == LIST * 2


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnavailableError, match=r"No such file|not a file"):
        fetch(str(tmp_path / name), tmp_path / "list")


def test_locations_are_told_apart() -> None:
    assert is_file("/etc/hosts")
    assert is_file("a:b")
    assert is_file("file:///etc/hosts")
    assert not is_file("HTTPS://a.example/list")
    assert file_path("file:///a%20b") == Path("/a b")


@given(st.binary(max_size=200), st.integers(1, 50))
def test_unpacking_undoes_packing_however_it_is_cut(data: bytes, size: int) -> None:
    packed = gzip.compress(data)
    for whole in (packed, b"# " + data):
        chunks = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert b"".join(gunzip(iter(chunks))) == (data if whole is packed else whole)
