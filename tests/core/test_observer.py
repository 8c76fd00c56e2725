"""Frames become facts, told once; a flood costs no more than its budget."""

from hushgate.core.facts import Asked, Fact, Greeted, Present
from hushgate.core.model import Instant
from hushgate.core.observer import (
    AGAIN,
    BURST,
    MAX_WAITING,
    MAX_WEIGHT,
    RATE,
    RECALLED,
    Observer,
)
from tests.wire.frames import (
    CLOUD_IP,
    PHONE,
    PHONE_IP,
    ROUTER,
    SPEAKER,
    SPEAKER_IP,
    arp,
    frame,
    tcp,
)
from tests.wire.hellos import chrome_hello, in_records, openssl_hello

NOW = Instant(100.0)
HELLO = frame(
    SPEAKER, ROUTER, tcp((SPEAKER_IP, 4000), (CLOUD_IP, 443), openssl_hello("guzzoni.apple.com"))
)


def everything(observer: Observer) -> list[Fact]:
    facts: list[Fact] = []
    while batch := observer.report():
        facts.extend(batch)
    return facts


def test_a_hello_and_an_arp_message_are_told() -> None:
    observer = Observer(NOW)
    observer.take(HELLO, NOW)
    observer.take(arp(PHONE, PHONE_IP), NOW)
    present, greeted, other = everything(observer)
    assert present == Present(SPEAKER, SPEAKER_IP)
    assert isinstance(greeted, Greeted)
    assert greeted.hello.sni == "guzzoni.apple.com"
    assert other == Present(PHONE, PHONE_IP)


def test_a_hello_in_two_segments_is_put_together() -> None:
    observer = Observer(NOW)
    stream = in_records(chrome_hello("www.google.com"))
    assert len(stream) > 1448
    for start, part in ((0, stream[:1448]), (1448, stream[1448:])):
        segment = tcp((SPEAKER_IP, 4000), (CLOUD_IP, 443), part, sequence=start)
        observer.take(frame(SPEAKER, ROUTER, segment), NOW)
    assert [fact.hello.sni for fact in everything(observer) if isinstance(fact, Greeted)] == [
        "www.google.com"
    ]


def test_the_ends_of_uploads_show_nothing_and_cost_little() -> None:
    observer = Observer(NOW)
    data = tcp((SPEAKER_IP, 4000), (CLOUD_IP, 443), bytes(800), sequence=9)
    count = 0
    while observer.may_read(NOW):
        observer.take(frame(SPEAKER, ROUTER, data), NOW)
        count += 1
    assert count > 5 * BURST
    assert everything(observer) == []


def test_what_was_told_is_told_again_only_after_a_while() -> None:
    observer = Observer(NOW)
    observer.take(arp(PHONE, PHONE_IP), NOW)
    assert len(everything(observer)) == 1
    observer.take(arp(PHONE, PHONE_IP), NOW)
    assert everything(observer) == []
    observer.take(arp(PHONE, PHONE_IP), Instant(NOW + AGAIN))
    assert len(everything(observer)) == 1


def test_an_address_that_moves_to_and_fro_is_told_each_time() -> None:
    observer = Observer(NOW)
    for device in (PHONE, SPEAKER, SPEAKER, PHONE):
        observer.take(arp(device, PHONE_IP), NOW)
    assert everything(observer) == [Present(device, PHONE_IP) for device in (PHONE, SPEAKER, PHONE)]


def test_a_report_that_did_not_arrive_is_made_again() -> None:
    observer = Observer(NOW)
    observer.take(HELLO, NOW)
    report = observer.report()
    observer.keep(report)
    assert observer.report() == report


def test_whoever_comes_anew_is_told_what_was_told_lately() -> None:
    observer = Observer(NOW)
    observer.take(arp(PHONE, PHONE_IP), NOW)
    lately = Instant(NOW + RECALLED - 1.0)
    observer.take(HELLO, lately)
    told = everything(observer)
    observer.tell_again(lately)
    observer.tell_again(lately)
    assert everything(observer) == told
    observer.tell_again(Instant(NOW + RECALLED))
    assert everything(observer) == told[1:]


def test_what_is_told_again_is_bounded() -> None:
    observer = Observer(NOW)
    for second in range(60):
        later = Instant(NOW + second)
        for number in range(int(RATE)):
            mac = f"00:00:00:{second:02x}:00:{number:02x}"
            observer.take(arp(mac, f"10.0.{second}.{number}"), later)
        everything(observer)
    observer.tell_again(Instant(NOW + 60.0))
    again = everything(observer)
    assert len(again) == MAX_WAITING
    assert again[-1] == Present("00:00:00:3b:00:c7", "10.0.59.199")


def test_a_flood_is_read_at_a_bounded_rate() -> None:
    observer = Observer(NOW)
    read = 0
    while observer.may_read(NOW):
        observer.take(arp(PHONE, PHONE_IP), NOW)
        read += 1
    assert read == BURST
    later = Instant(NOW + 1.0)
    while observer.may_read(later):
        observer.take(arp(PHONE, PHONE_IP), later)
        read += 1
    assert read == BURST + RATE


def test_ten_thousand_strangers_are_bounded_and_counted() -> None:
    observer = Observer(NOW)
    for number in range(10_000):
        mac = f"00:00:00:00:{number >> 8:02x}:{number & 255:02x}"
        observer.take(arp(mac, f"10.0.{number >> 8}.{number & 255}"), NOW)
    assert len(everything(observer)) <= MAX_WAITING
    assert observer.lost >= 9_000 - MAX_WAITING


def test_a_report_is_short_enough_for_the_link() -> None:
    observer = Observer(NOW)
    names = [Asked(SPEAKER, f"{number}.{'x' * 200}.example", "1.1.1.1") for number in range(1000)]
    observer.keep(tuple(names))
    assert len(repr(observer.report())) < MAX_WEIGHT + 1000


def test_noise_shows_nothing() -> None:
    observer = Observer(NOW)
    for size in range(60):
        observer.take(HELLO[:size], NOW)
    assert all(isinstance(fact, Present) for fact in everything(observer))
