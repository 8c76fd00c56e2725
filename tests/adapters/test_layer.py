"""The stream plane's layer, state by state: a conversation per test, on a clock of its own."""

import contextlib
import hashlib
import ssl

import pytest

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.layer import BACKLOG_LIMIT, HELLO_LIMIT
from hushgate.core.decisions import Standing
from hushgate.core.directory import Directory
from hushgate.core.guard import FLOW_LIMIT
from hushgate.core.model import Instant, Reason, Verdict, Voice
from hushgate.core.records import Kind
from tests.adapters.driver import BLOCK, DELAY, FLOW, KITCHEN, OBSERVE, OFFLINE, OPEN, Drive
from tests.home.channel import make_identity


def make_hello(name: str | None = "avs-alexa-4-na.amazon.com") -> bytes:
    """A real ClientHello, as OpenSSL makes it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


HELLO = make_hello()


def record(length: int, seed: int = 0) -> bytes:
    """A TLS application-data record with `length` bytes that are recognizable."""
    content = b"".join(
        hashlib.sha256(f"{seed}/{block}".encode()).digest() for block in range(length // 32 + 1)
    )
    return b"\x17\x03\x03" + length.to_bytes(2) + content[:length]


KEEPALIVE = record(41)


def speech(drive: Drive, seconds: float = 3.0) -> bytes:
    """An Echo's utterance of 2019: a pre-roll, then a record every 31 ms; returns what was said."""
    said = b""
    for number, length in enumerate((16408, 16408, 16122, 12891)):
        said += record(length, number)
        drive.up(record(length, number))
    for number in range(int(seconds / 0.031)):
        if drive.is_over:
            break
        drive.wait(0.031)
        piece = record(1057, 100 + number)
        said += piece
        drive.up(piece)
    return said


def connected(standing: Standing = BLOCK) -> Drive:
    """A connection whose hello has gone through and that has been at rest since."""
    drive = Drive(standing)
    drive.up(HELLO).wait(30.0)
    assert drive.sent_up == HELLO
    drive.sent_up = b""
    return drive


def test_hello_goes_at_once_and_names_the_flow() -> None:
    drive = Drive()
    drive.up(HELLO)
    assert drive.sent_up == HELLO


@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param([1], id="a first segment of one byte"),
        pytest.param([2], id="a first segment of two bytes"),
        pytest.param([5], id="the record header alone"),
        pytest.param(list(range(1, 600)), id="byte by byte"),
    ],
)
def test_hello_in_several_segments_goes_whole(cuts: list[int]) -> None:
    drive = Drive()
    for start, end in zip([0, *cuts], [*cuts, len(HELLO)], strict=True):
        drive.up(HELLO[start:end])
    assert drive.sent_up == HELLO


def test_hello_without_a_name_is_judged_by_shape_alone() -> None:
    drive = Drive()
    hello = make_hello(None)
    drive.up(hello).wait(30.0)
    assert drive.sent_up == hello
    speech(drive)
    assert drive.sent_up == hello
    assert drive.was_reset


def test_nothing_is_sent_up_while_the_hello_is_unfinished() -> None:
    drive = Drive()
    drive.up(HELLO[:100])
    assert drive.connecting is None


def test_hello_that_never_ends_is_taken_without_a_name() -> None:
    drive = Drive()
    drive.up(HELLO[:100]).wait(5.0)
    assert drive.connecting is not None
    drive.wait(3.0)
    assert drive.sent_up == HELLO[:100]


def test_hello_is_collected_up_to_its_limit_only() -> None:
    drive = Drive()
    endless = b"\x16\x03\x01\x40\x00\x01\x00\xff\xff"
    drive.up(endless + bytes(HELLO_LIMIT))
    assert drive.connecting is not None


def waiting_to_begin(hello: bytes = HELLO) -> Drive:
    """A connection whose hello must wait: the same speaker began many a moment ago."""
    drive = Drive()
    for number in range(200):
        before = FLOW._replace(client_port=number)
        drive.engine.begin(before, None, len(HELLO), Instant(drive.now))
    drive.engine.open(before, None, Instant(drive.now))
    drive.engine.upload(before, 1_000, Instant(drive.now))
    drive.wait(1.0).engine.due(before, Instant(drive.now))
    drive.up(hello[:50]).up(hello[50:])
    assert drive.connecting is None
    assert not drive.reading
    return drive


def test_a_hello_that_must_wait_leaves_whole_and_in_order_when_its_time_comes() -> None:
    drive = waiting_to_begin().up(KEEPALIVE).wait(10.0)
    assert drive.sent_up == HELLO + KEEPALIVE
    assert drive.reading


@pytest.mark.parametrize("standing", [OPEN, OBSERVE], ids=["a window opens", "watched only"])
def test_a_hello_that_waits_leaves_at_once_when_voice_may(standing: Standing) -> None:
    drive = waiting_to_begin().up(KEEPALIVE).rule(standing)
    assert drive.sent_up == HELLO + KEEPALIVE
    assert drive.reading
    said = speech(drive)
    assert drive.sent_up == HELLO + KEEPALIVE + said


def test_what_is_not_tls_and_waits_goes_at_once_when_voice_may() -> None:
    request = b"GET /generate_204 HTTP/1.1\r\nHost: fireoscaptiveportal.com\r\n\r\n"
    drive = waiting_to_begin(request).rule(OPEN)
    assert drive.sent_up == request


def test_a_hello_that_waits_goes_on_waiting_under_rules_that_keep_voice_in() -> None:
    drive = waiting_to_begin().rule(DELAY)
    assert drive.connecting is None
    drive.wait(10.0)
    assert drive.sent_up == HELLO


def test_a_hello_that_waits_for_a_voice_service_is_refused_once_that_is_cut_off() -> None:
    drive = waiting_to_begin()
    drive.engine.directory = Directory(shipped_catalogue())
    drive.rule(OFFLINE)
    drive.wait(10.0)
    assert drive.was_reset
    assert drive.connecting is None


def test_an_unfinished_hello_is_waited_for_whatever_changes() -> None:
    drive = Drive().up(HELLO[:100]).rule(OPEN)
    assert drive.connecting is None
    assert drive.up(HELLO[100:]).sent_up == HELLO


def test_a_speaker_that_gives_up_while_its_hello_waits_leaves_nothing_behind() -> None:
    drive = waiting_to_begin().speaker_closes()
    assert drive.is_over
    assert FLOW not in drive.engine.rule(KITCHEN, OPEN, Instant(drive.now))


def test_what_is_not_tls_is_held_and_judged_by_shape() -> None:
    drive = Drive()
    request = b"GET /generate_204 HTTP/1.1\r\nHost: fireoscaptiveportal.com\r\n\r\n"
    drive.up(request)
    assert drive.sent_up == b""
    drive.wait(3.0)
    assert drive.sent_up == request


def test_data_behind_the_hello_is_held_like_any_other() -> None:
    """TLS 1.3 early data: a pre-roll right behind the hello."""
    drive = Drive()
    drive.up(HELLO + record(12_000))
    assert drive.sent_up == HELLO
    speech(drive)
    assert drive.sent_up == HELLO


@pytest.fixture(scope="module")
def server_context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server with a certificate."""
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    pem.write_bytes(make_identity(("avs-alexa-4-na.amazon.com",)).pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


class Speaking:
    """A real TLS client whose bytes go through the layer to a real TLS server."""

    def __init__(self, version: ssl.TLSVersion, server: ssl.SSLContext) -> None:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        client.minimum_version = client.maximum_version = version
        self.drive = Drive(BLOCK)
        self.to_client, self.from_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.to_server, self.from_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(
            self.to_client, self.from_client, server_hostname="avs-alexa-4-na.amazon.com"
        )
        self.server = server.wrap_bio(self.to_server, self.from_server, server_side=True)

    def shake_hands(self) -> None:
        """Let both sides go on until both are done; no time passes."""
        done: set[ssl.SSLObject] = set()
        for _ in range(5):
            for side in (self.client, self.server):
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()
                    done.add(side)
            self.carry()
        assert len(done) == 2

    def carry(self) -> None:
        """Bring what was written to the other side, as far as the layer lets it."""
        if data := self.from_client.read():
            self.drive.up(data)
        self.to_server.write(self.drive.sent_up)
        self.drive.sent_up = b""
        if data := self.from_server.read():
            self.drive.down(data)
            self.to_client.write(data)


VERSIONS = [
    pytest.param(ssl.TLSVersion.TLSv1_2, id="TLS 1.2"),
    pytest.param(ssl.TLSVersion.TLSv1_3, id="TLS 1.3"),
]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_handshake_goes_at_once_though_voice_is_blocked(
    version: ssl.TLSVersion, server_context: ssl.SSLContext
) -> None:
    speaking = Speaking(version, server_context)
    speaking.shake_hands()
    assert speaking.drive.engine.held == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_speech_right_after_a_real_handshake_never_leaves(
    version: ssl.TLSVersion, server_context: ssl.SSLContext
) -> None:
    speaking = Speaking(version, server_context)
    speaking.shake_hands()
    speaking.client.write(bytes(12_000))
    for _ in range(100):
        speaking.carry()
        speaking.drive.wait(0.02)
        speaking.client.write(bytes(118))
    assert speaking.drive.sent_up == b""
    assert speaking.drive.was_reset
    with pytest.raises(ssl.SSLWantReadError):
        speaking.server.read()


def test_speech_in_the_segment_of_the_finished_never_leaves() -> None:
    """TLS 1.3: ChangeCipherSpec, Finished and a pre-roll in one write."""
    drive = Drive()
    drive.up(HELLO)
    drive.up(b"\x14\x03\x03\x00\x01\x01" + record(53) + record(12_000))
    speech(drive)
    assert drive.sent_up == HELLO
    assert drive.was_reset


def test_early_data_behind_the_hello_is_stopped_though_the_handshake_goes_on() -> None:
    """TLS 1.3 early data: 12 kB of pre-roll, EndOfEarlyData and Finished, then frames."""
    drive = Drive()
    drive.up(HELLO + b"\x14\x03\x03\x00\x01\x01" + record(12_000))
    drive.wait(0.05).up(record(21) + record(53))
    speech(drive)
    assert drive.sent_up == HELLO
    assert drive.was_reset


def test_speech_under_the_name_of_telemetry_is_stopped_like_any_other() -> None:
    drive = Drive(directory=Directory(shipped_catalogue()))
    hello = make_hello("device-metrics-us.amazon.com")
    drive.up(hello).wait(30.0)
    speech(drive)
    assert drive.sent_up == hello
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert (utterance.role, utterance.left) == ("telemetry", 0)


def test_utterance_that_begins_before_its_window_opens_never_leaves() -> None:
    drive = connected(BLOCK)
    speech(drive, 0.3)
    drive.rule(OPEN)
    speech(drive)
    assert drive.sent_up == b""
    assert drive.was_reset


def test_everything_passes_at_once_while_the_window_is_open() -> None:
    drive = connected(OPEN)
    said = speech(drive)
    assert drive.sent_up == said


def test_speech_outside_the_window_never_leaves_and_the_speaker_is_reset() -> None:
    drive = connected(BLOCK)
    speech(drive)
    assert drive.sent_up == b""
    assert drive.was_reset
    assert drive.is_over
    assert drive.server_closed


def test_blocked_speech_is_recorded_with_zero_bytes_left() -> None:
    drive = connected(BLOCK)
    speech(drive)
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.left) == (Verdict.DROP, 0)
    assert utterance.reason is Reason.WINDOW_CLOSED


def test_keepalive_outside_the_window_goes_after_its_hold() -> None:
    drive = connected(BLOCK)
    drive.up(KEEPALIVE)
    assert drive.sent_up == b""
    drive.wait(2.0)
    assert drive.sent_up == KEEPALIVE


def test_reports_before_and_after_arrive_whole_and_in_order() -> None:
    drive = connected(BLOCK)
    sent = b""
    for number in range(4):
        piece = record(300 + number, number)
        sent += piece
        drive.up(piece).wait(4.0)
    assert drive.sent_up == sent


def test_download_is_never_held() -> None:
    drive = connected(BLOCK)
    drive.up(KEEPALIVE).down(b"music")
    assert drive.sent_down == b"music"


def test_observed_speech_passes_and_is_recorded() -> None:
    drive = connected(OBSERVE)
    said = speech(drive)
    assert drive.sent_up == said
    drive.wait(2.0)
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert (utterance.voice, utterance.verdict) == (Voice.OBSERVE, Verdict.ACCEPT)
    assert utterance.left == utterance.size


def test_delayed_speech_is_held_and_goes_whole_when_allowed() -> None:
    drive = connected(DELAY)
    said = speech(drive)
    assert drive.sent_up == b""
    drive.wait(3.0).rule(OPEN)
    assert drive.sent_up == said
    drive.wait(2.0)
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.ACCEPT, Reason.DELAY_ALLOWED)


@pytest.mark.parametrize("allow", [True, False], ids=["allowed", "refused"])
def test_delayed_speech_goes_whole_or_not_at_all_when_the_owner_answers(*, allow: bool) -> None:
    drive = connected(DELAY)
    said = speech(drive)
    [request] = drive.engine.requests()
    assert request.size == len(said)
    drive.say(allow=allow)
    assert drive.sent_up == (said if allow else b"")
    assert drive.was_reset is not allow
    assert drive.engine.requests() == []
    if allow:
        drive.wait(2.0)
        speech(drive)
        assert drive.sent_up == said


def test_delayed_speech_expires() -> None:
    drive = connected(DELAY)
    speech(drive)
    drive.wait(DELAY.delay_limit)
    assert drive.sent_up == b""
    assert drive.was_reset
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.reason) == (Verdict.DROP, Reason.DELAY_EXPIRED)


def test_reading_pauses_while_too_much_is_held_and_goes_on_afterwards() -> None:
    drive = connected(DELAY)
    said = speech(drive)
    piece = record(16_000, 7)
    while drive.reading:
        said += piece
        drive.up(piece)
        assert len(said) < FLOW_LIMIT + 2 * len(piece)
    drive.rule(OPEN)
    assert drive.reading
    assert drive.sent_up == said


def test_next_utterance_on_the_same_connection_is_stopped_after_the_window_closed() -> None:
    drive = connected(OPEN)
    said = speech(drive)
    drive.wait(5.0).rule(BLOCK)
    speech(drive)
    assert drive.sent_up == said
    assert drive.was_reset


def test_utterance_under_way_may_finish_when_its_window_closes() -> None:
    drive = connected(OPEN)
    said = speech(drive, 1.5)
    drive.rule(BLOCK)
    said += speech(drive, 1.5)
    assert drive.sent_up == said
    drive.wait(3.0)
    speech(drive)
    assert drive.sent_up == said


def test_utterance_under_way_is_cut_at_a_hard_edge() -> None:
    drive = connected(OPEN)
    said = speech(drive, 1.5)
    drive.rule(Standing(Voice.BLOCK, Reason.WINDOW_CLOSED, hard_edge=True))
    speech(drive, 1.5)
    assert drive.sent_up == said
    assert drive.was_reset


def test_grace_ends() -> None:
    drive = connected(OPEN)
    speech(drive, 1.5)
    drive.rule(Standing(Voice.BLOCK, Reason.WINDOW_CLOSED, grace=4.0))
    speech(drive, 10.0)
    assert drive.was_reset
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert utterance.reason is Reason.GRACE_ENDED
    assert 0 < utterance.left < utterance.size


def test_blocked_utterance_is_not_set_free_by_an_opening_window() -> None:
    drive = connected(BLOCK)
    drive.up(record(16408)).wait(0.2).rule(OPEN)
    assert drive.sent_up == b""
    speech(drive)
    assert drive.sent_up == b""
    assert drive.was_reset


def test_quiet_block_swallows_the_utterance_and_closes_after_it() -> None:
    drive = connected(Standing(Voice.BLOCK, Reason.WINDOW_CLOSED, quiet=True))
    speech(drive)
    assert not drive.was_reset
    drive.wait(3.0)
    assert drive.is_over
    assert not drive.was_reset
    assert drive.sent_up == b""
    [utterance] = [each for each in drive.engine.records() if each.kind is Kind.UTTERANCE]
    assert (utterance.verdict, utterance.left) == (Verdict.DROP, 0)


def test_what_is_sent_while_connecting_waits_and_keeps_its_order() -> None:
    drive = Drive(OPEN, connects=False)
    drive.up(HELLO).up(KEEPALIVE).up(record(100))
    assert drive.sent_up == b""
    drive.answer()
    assert drive.sent_up == HELLO + KEEPALIVE + record(100)


def test_reading_pauses_while_the_server_does_not_answer() -> None:
    drive = Drive(OPEN, connects=False)
    drive.up(HELLO)
    sent, piece = 0, record(16_000)
    while drive.reading:
        drive.up(piece)
        sent += len(piece)
        assert sent < BACKLOG_LIMIT + 2 * len(piece)
    drive.answer()
    assert drive.reading


def test_connect_failure_resets_the_speaker() -> None:
    drive = Drive(BLOCK, connects=False)
    drive.up(HELLO).answer("connection refused")
    assert drive.was_reset
    assert drive.is_over


def test_half_close_of_the_speaker_is_passed_on_after_what_is_held() -> None:
    drive = connected(BLOCK)
    drive.up(KEEPALIVE).speaker_closes()
    assert not drive.half_closed
    drive.wait(2.0)
    assert drive.sent_up == KEEPALIVE
    assert drive.half_closed
    drive.down(b"last words")
    assert drive.sent_down == b"last words"


def test_close_of_the_server_closes_the_speaker() -> None:
    drive = connected(BLOCK)
    drive.up(KEEPALIVE).server_closes()
    assert drive.is_over


def test_speaker_that_closes_before_its_hello_leaves_nothing_behind() -> None:
    drive = Drive()
    drive.up(HELLO[:20]).speaker_closes()
    assert drive.is_over
    assert drive.engine.flows() == []


def test_closed_flow_is_forgotten_and_holds_nothing() -> None:
    drive = connected(DELAY)
    speech(drive)
    assert drive.engine.held > 0
    drive.server_closes()
    assert drive.engine.held == 0
    assert drive.engine.flows() == []


def refused_again() -> Drive:
    """A connection to the voice service right after another one was refused."""
    standing = Standing(Voice.OFFLINE, Reason.WINDOW_CLOSED)
    drive = Drive(standing, directory=Directory(shipped_catalogue()))
    before = FLOW._replace(client_port=1)
    assert drive.engine.open(before, "avs-alexa-4-na.amazon.com", Instant(drive.now)).end
    drive.up(HELLO)
    assert not drive.is_over
    return drive


def test_a_refusal_that_comes_again_is_told_later_and_nothing_leaves_meanwhile() -> None:
    drive = refused_again()
    drive.up(record(1000))
    assert not drive.reading
    drive.wait(0.9)
    assert not drive.is_over
    drive.wait(0.2)
    assert drive.was_reset
    assert drive.connecting is None


def test_a_speaker_that_does_not_wait_to_be_refused_again_is_forgotten() -> None:
    drive = refused_again().speaker_closes()
    assert drive.is_over
    assert drive.engine.rule(KITCHEN, OPEN, Instant(drive.now)) == []


def test_a_new_standing_sends_a_speaker_that_waits_to_be_refused_away_at_once() -> None:
    assert refused_again().rule(OPEN).was_reset


def test_voice_service_is_refused_at_connect_when_offline() -> None:
    standing = Standing(Voice.OFFLINE, Reason.WINDOW_CLOSED)
    drive = Drive(standing, directory=Directory(shipped_catalogue()))
    drive.up(HELLO)
    assert drive.connecting is None
    assert drive.was_reset
    [refused] = drive.engine.records()
    assert refused.verdict is Verdict.REJECT
