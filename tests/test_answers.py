"""What the owner may ask a running gateway."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hushgate.answers import (
    describe_request,
    describe_rest,
    describe_status,
    describe_upload,
    make_override,
    without_overrides,
)
from hushgate.config import load_config
from hushgate.core.budget import SIZE, Budget
from hushgate.core.decisions import Standing
from hushgate.core.engine import Engine
from hushgate.core.errors import RequestError
from hushgate.core.link import GateState
from hushgate.core.model import DeviceId, FlowKey, Instant, Reason, Transport, Voice
from hushgate.core.overrides import Wish
from hushgate.core.pending import Request
from hushgate.core.wiring import QueueKind

CONFIG = load_config(Path(__file__).parents[1] / "config" / "hushgate.example.yaml")
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def wish(**request: Any) -> Any:
    """What becomes of a request for an override."""
    return make_override(request, CONFIG.policy, NIGHT, CONFIG.zone)


def test_allowing_a_speaker_for_a_while() -> None:
    override = wish(device="kitchen", wish="allow", **{"for": "20m"})
    assert (override.device, override.wish) == ("kitchen", Wish.ALLOW)
    assert override.until - override.since == timedelta(minutes=20)
    assert override.is_span


def test_blocking_all_until_morning_on_the_clock_of_the_house() -> None:
    override = wish(device="all", wish="block", **{"for": "until 7:00"})
    assert override.device is None
    assert override.until == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert not override.is_span


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        pytest.param(
            {"device": "kichen", "wish": "allow", "for": "20m"},
            '"kitchen"',
            id="a misspelled speaker",
        ),
        pytest.param(
            {"device": "kitchen", "wish": "allow", "for": "soon"}, "20m", id="no length of time"
        ),
        pytest.param({"for": "20m"}, "no speaker", id="no speaker at all"),
        pytest.param(
            {"device": "kitchen", "wish": "alow", "for": "20m"}, '"allow"', id="a misspelled wish"
        ),
    ],
)
def test_wish_that_makes_no_sense_names_the_way_out(request_: dict[str, str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        wish(**request_)


def after_resume(device: str, *overrides: Any) -> Any:
    """The overrides that are left."""
    policy = CONFIG.policy.with_overrides(overrides)
    return without_overrides({"device": device}, policy, NIGHT)


def test_resuming_a_speaker_takes_back_its_own_overrides_only() -> None:
    own = wish(device="kitchen", wish="allow", **{"for": "20m"})
    all_ = wish(device="all", wish="block", **{"for": "1h"})
    assert after_resume("kitchen", all_, own) == (all_,)


def test_what_was_said_of_all_is_named_when_a_speaker_is_resumed() -> None:
    policy = CONFIG.policy.with_overrides((wish(device="all", wish="block", **{"for": "1h"}),))
    [still] = describe_rest({"device": "kitchen"}, policy, NIGHT)
    assert still == "all speakers blocked by cli until tue 2026-11-24 04:00 (1h left)"
    assert describe_rest({"device": "all"}, policy, NIGHT) == []


def test_resuming_all_takes_back_every_override() -> None:
    own = wish(device="kitchen", wish="allow", **{"for": "20m"})
    assert after_resume("all", own) == ()


def test_resuming_with_nothing_to_take_back_says_so() -> None:
    with pytest.raises(RequestError, match="nothing was allowed, blocked or paused for kitchen"):
        after_resume("kitchen")
    all_ = wish(device="all", wish="block", **{"for": "1h"})
    with pytest.raises(RequestError, match="hushgate resume all"):
        after_resume("kitchen", all_)


def test_status_says_what_is_in_force_for_each_speaker() -> None:
    gate = GateState(
        revision=1, pid=7, reasserted=0, counters={"quic_refused": 3}, queue=QueueKind.XT
    )
    since = NIGHT - timedelta(hours=1)
    status = describe_status(
        CONFIG.policy, Engine(), gate, [], at=NIGHT, since=since, zone=CONFIG.zone
    )
    assert status["protecting"] is True
    assert {device["id"]: device["voice"] for device in status["devices"]} == {
        "kitchen": "block",
        "bedroom": "block",
        "living-room": "delay",
        "office": "observe",
    }
    assert status["devices"][0]["until"] == "2026-11-24T07:00:00+01:00"
    assert status["gate"]["packets"] == {"quic_refused": 3}
    assert status["gate"]["queue"] == "xt"


def test_status_with_a_problem_does_not_claim_to_protect() -> None:
    status = describe_status(
        CONFIG.policy, Engine(), None, ["no gate"], at=NIGHT, since=NIGHT, zone=CONFIG.zone
    )
    assert status["protecting"] is False
    assert status["gate"] is None


def test_the_upload_of_a_speaker_is_what_came_what_went_and_what_the_kernel_sent() -> None:
    engine, kitchen = Engine(), DeviceId("kitchen")
    flow = FlowKey(kitchen, Transport.TCP, "192.168.77.11", 40_000, "203.0.113.5", 443)
    engine.rule(kitchen, Standing(Voice.BLOCK, Reason.WINDOW_CLOSED), Instant(0.0))
    engine.open(flow, None, Instant(0.0))
    engine.upload(flow, 41, Instant(1.0))
    engine.due(flow, Instant(1.3))
    engine.upload(flow, 5_000, Instant(2.5))
    answer = describe_upload(
        {"device": "kitchen"}, CONFIG.policy, engine, lambda device: {str(flow): 560}, NIGHT
    )
    assert (answer["came"], answer["let_go"], answer["held"]) == (5_041, 41, 5_000)
    assert answer["sent"] == {str(flow): 560}
    assert answer["voice"] == Voice.BLOCK


def test_the_upload_of_a_stranger_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RequestError, match="kitchen"):
        describe_upload({"device": "kichen"}, CONFIG.policy, Engine(), lambda device: {}, NIGHT)


def test_what_waits_is_said_with_the_moments_of_the_house() -> None:
    flow = FlowKey(DeviceId("kitchen"), Transport.TCP, "10.0.0.2", 40_000, "203.0.113.5", 443)
    request = Request(3, flow, "voice.example:443", Instant(90.0), 41_230, 2.34, Instant(110.0))
    said = describe_request(request, CONFIG.policy, Instant(98.0), NIGHT, CONFIG.zone)
    assert said == {
        "id": 3,
        "device": "kitchen",
        "name": "Kitchen Echo",
        "since": "2026-11-24T02:59:52+01:00",
        "bytes": 41_230,
        "endpoint": "voice.example:443",
        "speech_seconds": 2.3,
        "expires_in": 12.0,
    }


def test_a_speaker_that_asks_dns_too_much_is_a_warning() -> None:
    engine = Engine()
    for number in range(200):
        engine.ask(DeviceId("kitchen"), f"{number:060}.example", 1, Instant(0.0))
    status = describe_status(
        CONFIG.policy, engine, None, [], at=NIGHT, since=NIGHT, zone=CONFIG.zone
    )
    assert "kitchen asks DNS for more than it needs" in status["warnings"][0]


def test_a_suspicion_is_a_warning_and_no_reason_to_call_the_house_unguarded() -> None:
    engine = Engine()
    engine.budgets[DeviceId("kitchen")] = spent = Budget()
    spent.spend(2 * SIZE, Instant(0.0))
    status = describe_status(
        CONFIG.policy, engine, None, [], at=NIGHT, since=NIGHT, zone=CONFIG.zone
    )
    assert status["protecting"] is True
    assert "hushgate log --device kitchen" in status["warnings"][0]


def test_a_pause_that_a_later_block_overtook_is_no_warning() -> None:
    pause = wish(device="kitchen", wish="pause", **{"for": "20m"})
    block = wish(device="kitchen", wish="block", **{"for": "20m"})
    for overrides, warned in [((pause,), 1), ((pause, block), 0)]:
        policy = CONFIG.policy.with_overrides(overrides)
        status = describe_status(
            policy, Engine(), None, [], at=NIGHT, since=NIGHT, zone=CONFIG.zone
        )
        assert len(status["warnings"]) == warned


def test_a_pause_is_in_the_status_with_the_time_left_and_the_way_to_end_it() -> None:
    policy = CONFIG.policy.with_overrides([wish(device="all", wish="pause", **{"for": "20m"})])
    at = NIGHT + timedelta(minutes=5)
    status = describe_status(policy, Engine(), None, [], at=at, since=NIGHT, zone=CONFIG.zone)
    assert status["warnings"] == [
        "the protection of all is paused until tue 2026-11-24 03:20 (15m left); end it now:"
        " hushgate resume all"
    ]
    assert status["overrides"][0]["wish"] == "pause"
    assert status["overrides"][0]["seconds_left"] == 900
    assert {device["reason"] for device in status["devices"]} == {"override-paused"}
    assert status["devices"][0]["seconds_left"] == 900
