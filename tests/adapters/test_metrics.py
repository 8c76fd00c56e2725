"""What Prometheus sees: right numbers, bounded labels, both formats."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client.openmetrics.exposition import UNDERSCORES, generate_latest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from hushgate.adapters.metrics import MOST_CAUSES, Metrics
from hushgate.adapters.readings import Readings
from hushgate.core.link import GateState
from hushgate.core.model import DeviceId, Reason, Ruling, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.trace import Direction
from tests.adapters.fullmetrics import fill
from tests.core.samples import record

KITCHEN = DeviceId("kitchen")
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

type Series = tuple[str, frozenset[tuple[str, str]]]


def values(metrics: Metrics) -> dict[Series, float]:
    """Read the page as Prometheus would."""
    text = metrics.expose(None)[1].decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return values(metrics)[name, frozenset(labels.items())]


VOICE = {"role": "voice", "verdict": "drop", "reason": "window-closed"}


def test_a_record_adds_to_count_size_and_what_left() -> None:
    metrics = Metrics([KITCHEN])
    metrics.record(record(size=45_000, left=0))
    metrics.record(record(size=5_000, left=3_000))
    labels = {"device": "kitchen", **VOICE}
    assert value(metrics, "hushgate_utterances_total", **labels) == 2
    assert value(metrics, "hushgate_utterance_bytes_total", **labels) == 50_000
    assert value(metrics, "hushgate_utterance_left_bytes_total", **labels) == 3_000
    assert value(metrics, "hushgate_unallowed_speech_bytes_total", device="kitchen") == 3_000
    assert value(metrics, "hushgate_speech_seconds_total", device="kitchen", verdict="drop") == 5


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.FOUND])
def test_each_kind_of_record_has_its_own_counter(kind: Kind) -> None:
    metrics = Metrics([KITCHEN])
    metrics.record(record(kind=kind))
    assert value(metrics, f"hushgate_{kind}s_total", device="kitchen", **VOICE) == 1


def test_a_budget_that_is_used_up_counts_no_byte_twice() -> None:
    metrics = Metrics([KITCHEN])
    burst = record(kind=Kind.BURST, verdict=Verdict.ACCEPT, reason=Reason.NOT_SPEECH, left=9_000)
    metrics.record(burst)
    metrics.record(record(kind=Kind.UPLOAD, reason=Reason.OVER_BUDGET, size=9_000, left=9_000))
    found = values(metrics)
    assert (
        sum(count for (name, _), count in found.items() if name.endswith("left_bytes_total"))
        == 9_000
    )
    assert (
        value(
            metrics, "hushgate_uploads_total", device="kitchen", **VOICE | {"reason": "over-budget"}
        )
        == 1
    )


def test_holds_are_measured_by_what_became_of_the_bytes() -> None:
    metrics = Metrics([KITCHEN])
    metrics.record(record(held_seconds=0.3))
    metrics.record(record(kind=Kind.BURST, verdict=Verdict.ACCEPT, held_seconds=0.2))
    metrics.record(record(kind=Kind.BURST, verdict=Verdict.ACCEPT, held_seconds=0.0))
    count = "hushgate_hold_seconds_count"
    assert value(metrics, count, device="kitchen", outcome="discarded") == 1
    assert value(metrics, count, device="kitchen", outcome="released") == 1


def test_what_can_be_expected_exists_at_zero() -> None:
    metrics = Metrics([KITCHEN])
    zero = values(metrics)
    expected: list[dict[str, str]] = [
        {"verdict": "accept", "reason": "window-open"},
        {"verdict": "accept", "reason": "window-closed"},
        {"verdict": "drop", "reason": "window-closed"},
    ]
    for labels in expected:
        series = frozenset({"device": "kitchen", "role": "voice", **labels}.items())
        assert zero["hushgate_utterances_total", series] == 0
    kitchen = frozenset({("device", "kitchen")})
    assert zero["hushgate_unallowed_speech_bytes_total", kitchen] == 0
    assert zero["hushgate_flows", kitchen] == 0


@pytest.mark.parametrize(
    ("voice", "expected"),
    [
        pytest.param(
            Voice.DELAY, {("accept", "delay-allowed"), ("drop", "delay-expired")}, id="delay"
        ),
        pytest.param(Voice.OBSERVE, set(), id="observe: it is there from the start"),
    ],
)
def test_what_is_in_force_says_what_else_can_be_expected(
    voice: Voice, expected: set[tuple[str, str]]
) -> None:
    metrics = Metrics([KITCHEN])
    before = values(metrics)
    metrics.set_ruling(KITCHEN, Ruling(voice, Reason.WINDOW_CLOSED, "house", None))
    added = [dict(labels) for _, labels in values(metrics).keys() - before]
    assert {(labels["verdict"], labels["reason"]) for labels in added} == expected


def test_ten_thousand_strangers_add_no_series() -> None:
    metrics = Metrics([KITCHEN, *(DeviceId(f"speaker-{n}") for n in range(49))])
    metrics.record(record(device=DeviceId("unknown"), role="stranger-0", endpoint="h0:1"))
    before = len(values(metrics))
    for n in range(10_000):
        stranger = DeviceId(f"stranger-{n}")
        metrics.record(record(device=stranger, role=f"role-{n}", endpoint=f"host-{n}:443"))
        metrics.add_bytes(stranger, Direction.UP, 1)
        metrics.error(f"cause-{n}")
    metrics.watch(lambda: Readings(flows={DeviceId(f"stranger-{n}"): 1 for n in range(10_000)}))
    after = values(metrics)
    assert len(after) <= before + MOST_CAUSES + 2
    assert len(metrics.expose(None)[1]) < 200_000
    assert value(metrics, "hushgate_flows", device="unknown") == 10_000


def test_openmetrics_has_exemplars_that_point_to_the_ledger() -> None:
    metrics = Metrics([KITCHEN])
    metrics.record(record(left=700), row=4711)
    content_type, body = metrics.expose(OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    exemplars = {
        sample.name: sample.exemplar.labels
        for family in parse_openmetrics(body.decode())
        for sample in family.samples
        if sample.exemplar
    }
    row = {"ledger_row": "4711"}
    assert exemplars == {
        "hushgate_utterances_total": row,
        "hushgate_unallowed_speech_bytes_total": row,
        "hushgate_hold_seconds_bucket": row,
    }


def test_no_name_needs_the_escaping_that_is_left_out() -> None:
    metrics = Metrics([KITCHEN])
    fill(metrics, [KITCHEN])
    escaped = generate_latest(metrics.registry, escaping=UNDERSCORES)
    changing = re.compile(rb"^process_.*\n", re.MULTILINE)  # time goes on between the two
    assert changing.sub(b"", metrics.expose(OPENMETRICS)[1]) == changing.sub(b"", escaped)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param(None, "text/plain; version=0.0.4; charset=utf-8", id="nothing asked"),
        pytest.param("*/*", "text/plain; version=0.0.4; charset=utf-8", id="anything"),
        pytest.param("text/html;q=0.9, ,;;=", "text/plain; version=0.0.4; charset=utf-8", id="odd"),
    ],
)
def test_the_plain_format_is_the_default(accept: str | None, content_type: str) -> None:
    assert Metrics([]).expose(accept)[0] == content_type


def test_what_is_in_force_is_shown_with_its_end() -> None:
    metrics = Metrics([KITCHEN])
    until = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    metrics.set_ruling(KITCHEN, Ruling(Voice.ALLOWED, Reason.OVERRIDE_OPEN, "allow 20m", until))
    assert value(metrics, "hushgate_voice_allowed", device="kitchen") == 1
    assert value(metrics, "hushgate_voice_state", device="kitchen", state="allowed") == 1
    assert value(metrics, "hushgate_override_active", device="kitchen") == 1
    end = value(metrics, "hushgate_voice_next_change_timestamp_seconds", device="kitchen")
    assert end == until.timestamp()
    metrics.set_ruling(KITCHEN, Ruling(Voice.DELAY, Reason.WINDOW_CLOSED, "house", None))
    assert value(metrics, "hushgate_voice_allowed", device="kitchen") == 0
    states = {
        dict(labels)["state"]: state
        for (name, labels), state in values(metrics).items()
        if name == "hushgate_voice_state"
    }
    assert states == {voice: float(voice == "delay") for voice in Voice}


def test_a_device_taken_out_of_the_configuration_loses_its_state_but_not_its_counts() -> None:
    metrics = Metrics([KITCHEN, DeviceId("hall")])
    metrics.record(record(device=DeviceId("hall")))
    metrics.set_devices([KITCHEN])
    left = {name for name, labels in values(metrics) if ("device", "hall") in labels}
    assert "hushgate_voice_allowed" not in left
    assert "hushgate_utterances_total" in left


def test_the_gate_is_read_at_the_scrape_and_may_be_away() -> None:
    metrics = Metrics([])
    assert value(metrics, "hushgate_gate_up") == 0
    gate = GateState(
        revision=3,
        pid=1,
        reasserted=2,
        counters={"quic_refused": 5},
        problems=("a router",),
        waiting=3,
    )
    metrics.watch(lambda: Readings(gate=gate, held_bytes=9, pending=2, ledger_lost=1))
    assert value(metrics, "hushgate_pending_requests") == 2
    assert value(metrics, "hushgate_gate_up") == 1
    assert value(metrics, "hushgate_gate_packets_total", counter="quic_refused") == 5
    assert value(metrics, "hushgate_gate_problems") == 1
    assert value(metrics, "hushgate_gate_queue_packets") == 3
    assert value(metrics, "hushgate_gate_table_reasserted_total") == 2
    assert value(metrics, "hushgate_held_bytes") == 9
    assert value(metrics, "hushgate_ledger_lost_rows_total") == 1


def test_reloads_tell_the_good_from_the_refused() -> None:
    metrics = Metrics([])
    at = datetime(2026, 11, 24, tzinfo=UTC)
    metrics.policy_loaded(2, at)
    metrics.policy_rejected()
    assert value(metrics, "hushgate_policy_last_reload_successful") == 0
    assert value(metrics, "hushgate_policy_revision") == 2
    success = "hushgate_policy_last_reload_success_timestamp_seconds"
    assert value(metrics, success) == at.timestamp()
    assert value(metrics, "hushgate_policy_reloads_total", result="rejected") == 1


def test_two_instances_share_nothing() -> None:
    first, second = Metrics([KITCHEN]), Metrics([KITCHEN])
    fill(first, [KITCHEN])
    assert value(second, "hushgate_utterances_total", device="kitchen", **VOICE) == 0


def test_every_value_is_a_number_and_every_metric_has_help() -> None:
    metrics = Metrics([KITCHEN])
    fill(metrics, [KITCHEN])
    families: list[Any] = list(text_string_to_metric_families(metrics.expose(None)[1].decode()))
    assert all(family.documentation for family in families)
    assert all(family.samples for family in families)
