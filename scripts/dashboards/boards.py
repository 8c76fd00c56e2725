"""The dashboards: house overview, one speaker, gateway health, lists.

In: nothing. Out: the text of each file of ``grafana/dashboards``.
"""

import json
from collections.abc import Mapping

from scripts.dashboards.panels import (
    BLUE,
    DARK,
    GRAY,
    GREEN,
    ORANGE,
    RED,
    WIDTH,
    Json,
    Panel,
    Query,
    constant,
    dashboard,
    heatmap,
    label_variable,
    override,
    series,
    stat,
    steps,
    table,
    text_variable,
    timeline,
    values,
)

CLOSED = "window-closed|no-schedule|exception-closed|override-closed|clock-untrusted"
"""Reasons for which voice is not allowed; with verdict accept: a speaker that is only observed."""

YES_NO = {1: ("yes", GREEN), 0: ("NO", RED)}


def house() -> Json:
    """What the owner looks at: when did the speakers listen, and was it stopped?"""
    stopped = 'hushgate_utterances_total{HERE, verdict=~"drop|reject"}'
    allowed = f'hushgate_utterances_total{{HERE, verdict="accept", reason!~"{CLOSED}"}}'
    watched = f'hushgate_utterances_total{{HERE, verdict="accept", reason=~"{CLOSED}"}}'
    return dashboard(
        "hushgate-house",
        "hushgate: house",
        "When the speakers of this house sent voice, and what became of it.",
        [
            stat(
                "Guarded",
                "yes while the packet plane answers; otherwise the kernel keeps speakers shut.",
                "min(hushgate_gate_up{HERE})",
                mappings=[values(YES_NO)],
            ),
            stat(
                "Voice that LEFT though blocked",
                "Bytes of utterances that left while voice was blocked. Must be 0.",
                "sum(increase(hushgate_unallowed_speech_bytes_total{HERE}[$__range]))",
                unit="bytes",
                decimals=0,
                thresholds=steps(GREEN, (1, RED)),
            ),
            stat(
                "Utterances stopped",
                "Utterances outside the speakers' hours, of which nothing was to leave.",
                f"sum(increase({stopped}[$__range]))",
                decimals=0,
                thresholds=steps(BLUE),
            ),
            stat(
                "Utterances allowed",
                "Utterances within the hours, or that the owner let go.",
                f"sum(increase({allowed}[$__range]))",
                decimals=0,
                thresholds=steps(GREEN),
            ),
            stat(
                "Only observed, left",
                "Utterances outside the hours of speakers in observe: NOT protected.",
                f"sum(increase({watched}[$__range]))",
                decimals=0,
                thresholds=steps(GRAY, (1, ORANGE)),
            ),
            stat(
                "Probable accidental wake-ups",
                "Utterances that probably nobody meant for the speaker: an estimate.",
                "sum(increase(hushgate_accidental_utterances_total{HERE}[$__range]))",
                decimals=0,
                thresholds=steps(GRAY, (5, ORANGE)),
            ),
            timeline(
                "Hours and utterances",
                "Upper line of a speaker: is voice allowed? Lower line: did it send voice, and what"
                " became of it?",
                [
                    Query("max by (device) (hushgate_voice_allowed{HERE})", "{{device}} hours"),
                    Query(
                        f"10 + (sum by (device) (increase({stopped}[$__rate_interval])) > bool 0)"
                        " + 2 * (sum by (device) (increase(hushgate_utterances_total{HERE,"
                        ' verdict="accept"}[$__rate_interval])) > bool 0)',
                        "{{device}} voice",
                    ),
                ],
                values(
                    {
                        0: ("voice blocked", GRAY),
                        1: ("voice allowed", GREEN),
                        10: ("silent", "transparent"),
                        11: ("stopped", DARK),
                        12: ("voice left", BLUE),
                        13: ("stopped and left", ORANGE),
                    }
                ),
                height=9,
            ),
            series(
                "Utterances by outcome",
                "Number of utterances, by what was done with them and why.",
                [
                    Query(
                        "sum by (verdict, reason)"
                        " (increase(hushgate_utterances_total{HERE}[$__rate_interval]))",
                        "{{verdict}}: {{reason}}",
                    )
                ],
                bars=True,
            ),
            _last_utterances(),
            _hours_of_week(),
            series(
                "Speech",
                "Estimated seconds somebody spoke, by speaker and outcome.",
                [
                    Query(
                        "sum by (device, verdict)"
                        " (increase(hushgate_speech_seconds_total{HERE}[$__rate_interval]))",
                        "{{device}}: {{verdict}}",
                    )
                ],
                unit="s",
                bars=True,
            ),
        ],
        variables=[constant("step", "5m"), text_variable("utc_offset", "Hours from UTC", "0")],
    )


def _last_utterances() -> Panel:
    return table(
        "Last utterances",
        "When each speaker last sent voice, by outcome, and how often in the chosen time."
        " Single utterances: hushgate log.",
        [
            Query(
                "1000 * max by (device, verdict)"
                " (hushgate_last_utterance_timestamp_seconds{HERE} > 0)",
                table=True,
            ),
            Query(
                "sum by (device, verdict) (increase(hushgate_utterances_total{HERE}[$__range]))",
                table=True,
            ),
            Query(
                "sum by (device, verdict)"
                " (increase(hushgate_utterance_left_bytes_total{HERE}[$__range]))",
                table=True,
            ),
        ],
        transformations=[
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "renameByName": {
                        "device": "Speaker",
                        "verdict": "Outcome",
                        "Value #A": "Last",
                        "Value #B": "Utterances",
                        "Value #C": "Left",
                    },
                    "indexByName": {},
                },
            },
            {"id": "sortBy", "options": {"sort": [{"field": "Last", "desc": True}]}},
        ],
        overrides=[
            override("Last", unit="dateTimeFromNow"),
            override("Utterances", unit="short", decimals=0),
            override("Left", unit="bytes"),
            override(
                "Speaker",
                links=[
                    {
                        "title": "This speaker",
                        "url": "/d/hushgate-speaker?var-device=${__value.text}&${__url_time_range}",
                    }
                ],
            ),
        ],
    )


def _hours_of_week() -> Panel:
    shifted = "vector(time() + 3600 * $utc_offset)"
    return table(
        "Utterances by hour of the week",
        "Rows: day of the week (0 is Sunday). Columns: hour, in UTC plus the offset given on top."
        " hushgate report has the same on the clock of the house.",
        [
            Query(
                "sum_over_time((sum(increase(hushgate_utterances_total{HERE}[$step]))"
                f' * on () group_left (hour) count_values("hour", hour({shifted}))'
                f' * on () group_left (day) count_values("day", day_of_week({shifted})))'
                "[$__range:$step])",
                table=True,
            )
        ],
        transformations=[
            {
                "id": "groupingToMatrix",
                "options": {
                    "columnField": "hour",
                    "rowField": "day",
                    "valueField": "Value",
                    "emptyValue": "zero",
                },
            }
        ],
        overrides=[override("day\\hour", custom__cellOptions={"type": "auto"}, unit="string")],
        custom={"align": "center", "cellOptions": {"type": "color-background", "mode": "basic"}},
        color={"mode": "continuous-blues"},
        decimals=0,
        min=0,
    )


def speaker() -> Json:
    """Everything about one speaker."""
    here = 'HERE, device=~"$device"'
    return dashboard(
        "hushgate-speaker",
        "hushgate: one speaker",
        "What one speaker may do now, what it did, and how long its bytes were held.",
        [
            stat(
                "Voice now",
                "What is in force for this speaker's voice.",
                f"max by (state) (hushgate_voice_state{{{here}}} == 1)",
                width=5,
                displayName="${__field.labels.state}",
                thresholds=steps(BLUE),
            ),
            stat(
                "Changes",
                "When that changes by itself.",
                f"1000 * (min(hushgate_voice_next_change_timestamp_seconds{{{here}}}) > 0)",
                width=5,
                unit="dateTimeFromNow",
                noValue="not soon",
                thresholds=steps(GRAY),
            ),
            stat(
                "Override",
                "yes while an allow or block by the owner is in force.",
                f"max(hushgate_override_active{{{here}}})",
                width=4,
                mappings=[values({0: ("none", GRAY), 1: ("in force", ORANGE)})],
            ),
            stat(
                "Voice that LEFT though blocked",
                "Bytes of utterances that left while voice was blocked. Must be 0.",
                f"sum(increase(hushgate_unallowed_speech_bytes_total{{{here}}}[$__range]))",
                width=5,
                unit="bytes",
                decimals=0,
                thresholds=steps(GREEN, (1, RED)),
            ),
            stat(
                "Connections",
                "Open connections through the gateway.",
                f"sum(hushgate_flows{{{here}}})",
                width=5,
                thresholds=steps(GRAY),
            ),
            series(
                "Utterances",
                "Number of utterances, by what was done with them and why.",
                [
                    Query(
                        "sum by (verdict, reason)"
                        f" (increase(hushgate_utterances_total{{{here}}}[$__rate_interval]))",
                        "{{verdict}}: {{reason}}",
                    )
                ],
                bars=True,
            ),
            series(
                "Bytes of utterances",
                "Bytes of utterances the gateway saw, and those of them that left.",
                [
                    Query(
                        "sum by (role)"
                        f" (increase(hushgate_utterance_bytes_total{{{here}}}[$__rate_interval]))",
                        "seen, {{role}}",
                    ),
                    Query(
                        "sum by (role) (increase("
                        f"hushgate_utterance_left_bytes_total{{{here}}}[$__rate_interval]))",
                        "left, {{role}}",
                    ),
                ],
                unit="bytes",
            ),
            heatmap(
                "How long bytes were held",
                "Longest wait of a byte, per upload: at first for the judge, then for the owner.",
                Query(
                    "sum by (le)"
                    f" (increase(hushgate_hold_seconds_bucket{{{here}}}[$__rate_interval]))",
                    "{{le}}",
                    heatmap=True,
                ),
                unit="s",
            ),
            series(
                "Hold, 95th percentile",
                "19 of 20 uploads were held no longer than this.",
                [
                    Query(
                        "histogram_quantile(0.95, sum by (le, outcome)"
                        f" (rate(hushgate_hold_seconds_bucket{{{here}}}[$__rate_interval])))",
                        "{{outcome}}",
                    )
                ],
                unit="s",
            ),
            series(
                "Payload",
                "All payload of the speaker's connections: voice, music, updates, everything.",
                [
                    Query(
                        "sum by (direction)"
                        f" (rate(hushgate_payload_bytes_total{{{here}}}[$__rate_interval]))",
                        "{{direction}}",
                    )
                ],
                unit="Bps",
            ),
            series(
                "Other uploads that passed",
                "Bytes of uploads without the shape of speech that left, by role of the endpoint.",
                [
                    Query(
                        "sum by (role)"
                        f" (increase(hushgate_burst_left_bytes_total{{{here}}}[$__rate_interval]))",
                        "{{role}}",
                    )
                ],
                unit="bytes",
                bars=True,
            ),
            series(
                "Other uploads refused or ended",
                "Number of uploads without the shape of speech that were refused or ended.",
                [
                    Query(
                        "sum by (reason)"
                        f" (increase(hushgate_uploads_total{{{here}}}[$__rate_interval]))",
                        "{{reason}}",
                    )
                ],
                bars=True,
            ),
            series(
                "Allows and blocks by the owner",
                "How often the owner allowed or blocked this speaker for a while.",
                [
                    Query(
                        "sum by (action)"
                        f" (increase(hushgate_overrides_total{{{here}}}[$__rate_interval]))",
                        "{{action}}",
                    )
                ],
                bars=True,
            ),
        ],
        variables=[label_variable("device", "Speaker", "hushgate_voice_allowed", multi=False)],
    )


def gateway() -> Json:
    """Is the gateway itself well?"""
    ledger = "hushgate_ledger"
    return dashboard(
        "hushgate-gateway",
        "hushgate: gateway",
        "The health of the gateway's own parts.",
        [
            stat(
                "Stream plane",
                "yes while the addon answers the scrape.",
                "min(hushgate_addon_up{HERE})",
                width=3,
                mappings=[values(YES_NO)],
            ),
            stat(
                "Packet plane",
                "yes while the gate answers the addon.",
                "min(hushgate_gate_up{HERE})",
                width=3,
                mappings=[values(YES_NO)],
            ),
            stat(
                "Clock trusted",
                "Windows need a clock that can be trusted.",
                "min(hushgate_clock_trusted{HERE})",
                width=3,
                mappings=[values(YES_NO)],
            ),
            stat(
                "Configuration taken",
                "NO: the last change of the file was refused; the old one is in force.",
                "min(hushgate_policy_last_reload_successful{HERE})",
                width=3,
                mappings=[values(YES_NO)],
            ),
            stat(
                "Policy revision",
                "Grows with each configuration that is taken.",
                "max(hushgate_policy_revision{HERE})",
                width=3,
                thresholds=steps(GRAY),
            ),
            stat(
                "Configuration since",
                "When a configuration was last taken.",
                "1000 * max(hushgate_policy_last_reload_success_timestamp_seconds{HERE})",
                width=3,
                unit="dateTimeFromNow",
                thresholds=steps(GRAY),
            ),
            stat(
                "Unknown speakers",
                "Clients that look like speakers but are not in the configuration.",
                "sum(hushgate_unknown_speakers{HERE})",
                width=3,
                thresholds=steps(GREEN, (1, ORANGE)),
            ),
            stat(
                "Running since",
                "Start of the addon.",
                "1000 * max(process_start_time_seconds{HERE})",
                width=3,
                unit="dateTimeFromNow",
                thresholds=steps(GRAY),
            ),
            series(
                "Held bytes",
                "Upload bytes that wait in the proxy, and how many may.",
                [
                    Query("sum(hushgate_held_bytes{HERE})", "waiting"),
                    Query("sum(hushgate_held_limit_bytes{HERE})", "may wait"),
                ],
                unit="bytes",
            ),
            series(
                "Connections",
                "Open connections by speaker.",
                [Query("sum by (device) (hushgate_flows{HERE})", "{{device}}")],
            ),
            series(
                "Packets decided in the kernel",
                "Packets of speakers by the counters of the nftables table.",
                [
                    Query(
                        "sum by (counter)"
                        " (rate(hushgate_gate_packets_total{HERE}[$__rate_interval]))",
                        "{{counter}}",
                    )
                ],
                unit="pps",
            ),
            series(
                "Things that should not happen",
                "Failures by cause, uses of the fail policy, and the table put back.",
                [
                    Query(
                        "sum by (cause) (increase(hushgate_errors_total{HERE}[$__rate_interval]))",
                        "error: {{cause}}",
                    ),
                    Query(
                        "sum by (cause, outcome)"
                        " (increase(hushgate_fail_policy_total{HERE}[$__rate_interval]))",
                        "undecided: {{cause}}, {{outcome}}",
                    ),
                    Query(
                        "sum(increase("
                        "hushgate_gate_table_reasserted_total{HERE}[$__rate_interval]))",
                        "nftables table put back",
                    ),
                    Query(
                        "sum(increase(hushgate_policy_reloads_total"
                        '{HERE, result="rejected"}[$__rate_interval]))',
                        "configuration refused",
                    ),
                ],
                bars=True,
            ),
            series(
                "Ledger",
                "Rows written, lost and waiting. A lost row costs no decision.",
                [
                    Query(f"sum(rate({ledger}_rows_total{{HERE}}[$__rate_interval]))", "written/s"),
                    Query(
                        f"sum(increase({ledger}_lost_rows_total{{HERE}}[$__rate_interval]))", "lost"
                    ),
                    Query(f"sum({ledger}_waiting_rows{{HERE}})", "waiting"),
                ],
                overrides=[
                    override("lost", color={"mode": "fixed", "fixedColor": RED}),
                ],
            ),
            series(
                "Memory",
                "Resident memory of the addon.",
                [Query("process_resident_memory_bytes{HERE}", "{{instance}}")],
                unit="bytes",
            ),
            series(
                "Processor",
                "Share of one processor core that the addon uses.",
                [Query("rate(process_cpu_seconds_total{HERE}[$__rate_interval])", "{{instance}}")],
                unit="percentunit",
            ),
            series(
                "Open files",
                "Open files of the addon, and how many it may open.",
                [
                    Query("process_open_fds{HERE}", "open"),
                    Query("process_max_fds{HERE}", "may open"),
                ],
            ),
            table(
                "Versions",
                "What runs.",
                [Query("hushgate_build_info{HERE}", table=True)],
                width=WIDTH,
                height=4,
                transformations=[
                    {
                        "id": "organize",
                        "options": {
                            "excludeByName": {
                                "Time": True,
                                "Value": True,
                                "__name__": True,
                                "job": True,
                            },
                            "renameByName": {
                                "instance": "Gateway",
                                "version": "hushgate",
                                "python": "Python",
                            },
                            "indexByName": {},
                        },
                    }
                ],
            ),
        ],
    )


def lists() -> Json:
    """Are the blocklists fresh?"""
    return dashboard(
        "hushgate-lists",
        "hushgate: lists",
        "How big the blocklists are, how old, and whether fetching them works.",
        [
            series(
                "Entries",
                "Entries of each list.",
                [Query("sum by (list) (hushgate_list_entries{HERE})", "{{list}}")],
            ),
            series(
                "Age",
                "Time since a list last came from its source. Lists that are files here have none.",
                [
                    Query(
                        "time() - max by (list)"
                        " (hushgate_list_last_success_timestamp_seconds{HERE} > 0)",
                        "{{list}}",
                    )
                ],
                unit="s",
            ),
            series(
                "Fetches that failed",
                "Number of fetches that failed, by list.",
                [
                    Query(
                        "sum by (list)"
                        " (increase(hushgate_list_errors_total{HERE}[$__rate_interval]))",
                        "{{list}}",
                    )
                ],
                bars=True,
            ),
            series(
                "Refused because of a list",
                "Uploads to endpoints that a list names, by speaker.",
                [
                    Query(
                        "sum by (device) (increase(hushgate_uploads_total"
                        '{HERE, reason="blocklisted"}[$__rate_interval]))',
                        "{{device}}",
                    )
                ],
                bars=True,
            ),
        ],
        span="now-7d",
    )


def render() -> Mapping[str, str]:
    """Give each file's name and text."""
    boards = {"house": house(), "speaker": speaker(), "gateway": gateway(), "lists": lists()}
    return {
        f"{name}.json": json.dumps(board, indent=1, ensure_ascii=False) + "\n"
        for name, board in boards.items()
    }
