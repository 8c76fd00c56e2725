"""What a look at a speaker proves, and what it does not."""

from hushgate.core.proof import HELLO, Look, prove, shape_of

OLD, NEW = "tcp a > b", "tcp a > c"


def looks(*rows: tuple[int, int, int, dict[str, int]]) -> list[Look]:
    """Looks a second apart."""
    return [Look(float(n), *row) for n, row in enumerate(rows)]


def test_an_utterance_that_was_dropped_proves_it() -> None:
    proof = prove(
        looks((100, 100, 0, {OLD: 600}), (60_100, 146, 59_954, {OLD: 646}), (60_100, 146, 0, {}))
    )
    assert proof.holds
    assert (proof.came, proof.stopped, proof.sent, proof.opened) == (60_000, 59_954, 46, 0)
    assert proof.held_most == 59_954
    assert proof.verdict == (
        "Proven: 59,954 bytes were kept back as speech, and the 46 bytes that the kernel sent are"
        " reports, keep-alives and 0 new connections."
    )


def test_silence_proves_nothing() -> None:
    proof = prove(looks((0, 0, 0, {OLD: 10}), (41, 41, 0, {OLD: 51})))
    assert not proof.holds
    assert "proves nothing yet" in proof.verdict


def test_what_the_kernel_sent_beyond_what_was_let_go_is_told() -> None:
    proof = prove(looks((0, 0, 0, {OLD: 0}), (60_000, 0, 0, {OLD: 60_000})))
    assert not proof.holds
    assert proof.verdict.startswith("NOT proven: 60,000 bytes left")


def test_a_new_connection_is_granted_its_hello() -> None:
    start = (0, 0, 0, {})
    assert prove(looks(start, (60_000, 0, 60_000, {NEW: HELLO}))).holds
    assert not prove(looks(start, (60_000, 0, 60_000, {NEW: HELLO + 1}))).holds


def test_the_count_of_a_connection_that_closed_is_kept() -> None:
    proof = prove(looks((0, 0, 0, {OLD: 5}), (900, 500, 400, {OLD: 505}), (900, 500, 0, {})))
    assert proof.sent == 500


def test_the_shape_is_sizes_and_times_alone() -> None:
    kept = shape_of(looks((100, 100, 0, {OLD: 600}), (60_100, 146, 59_954, {OLD: 646})))
    assert kept == [
        {"seconds": 0.0, "came": 0, "held": 0, "let_go": 0},
        {"seconds": 1.0, "came": 60_000, "held": 59_954, "let_go": 46},
    ]


def test_the_result_for_programs_has_the_verdict_and_its_numbers() -> None:
    proof = prove(looks((0, 0, 0, {}), (5_000, 0, 5_000, {})))
    assert proof.to_json() == {
        "proven": True,
        "verdict": proof.verdict,
        "seconds": 1.0,
        "came": 5_000,
        "let_go": 0,
        "held_most": 5_000,
        "stopped": 5_000,
        "sent": 0,
        "opened": 0,
    }
