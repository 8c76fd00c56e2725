"""Waiting for a hello on a stream or in datagrams."""

import pytest

from hushgate.core.greeting import Greeting
from tests.wire.hellos import chrome_hello, in_records, server_name, written_hello
from tests.wire.initials import crypto, initial

HELLO = written_hello([server_name("a.example")])


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_hello_of_a_stream_comes_once_however_it_is_cut(size: int) -> None:
    greeting, stream = Greeting(), in_records(chrome_hello("a.example")) + b"more"
    hellos = [greeting.of_stream(stream[at : at + size]) for at in range(0, len(stream), size)]
    assert [hello.sni for hello in hellos if hello] == ["a.example"]
    assert greeting.is_over


def test_the_hello_of_datagrams_comes_once() -> None:
    greeting = Greeting()
    assert greeting.of_datagram(initial(crypto(0, HELLO[:30]))) is None
    hello = greeting.of_datagram(initial(crypto(30, HELLO[30:])))
    assert hello is not None
    assert hello.sni == "a.example"
    assert greeting.of_datagram(initial(crypto(0, HELLO))) is None


def test_another_protocol_is_given_up_at_once() -> None:
    stream, datagram = Greeting(), Greeting()
    assert stream.of_stream(b"GET /") is None
    assert datagram.of_datagram(b"\0" * 20) is None
    assert stream.is_over
    assert datagram.is_over


def test_empty_pieces_change_nothing() -> None:
    greeting = Greeting()
    assert greeting.of_stream(b"") is None
    assert greeting.of_datagram(b"") is None
    assert not greeting.is_over


def test_waiting_can_be_stopped() -> None:
    greeting = Greeting()
    greeting.give_up()
    assert greeting.of_stream(in_records(HELLO)) is None
