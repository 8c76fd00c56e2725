"""Is the gateway itself well?"""

from scripts.dashboards.board import dashboard
from scripts.dashboards.fields import (
    GRAY,
    GREEN,
    ORANGE,
    RED,
    YES_NO,
    Json,
    fixed,
    override,
    override_like,
    steps,
)
from scripts.dashboards.panels import (
    GUARDED,
    WIDTH,
    Panel,
    Query,
    bars,
    counts,
    lines,
    now,
    organize,
    stat,
    table,
)


def gateway() -> Json:
    """Give the dashboard of the gateway's own parts."""
    return dashboard(
        "hushgate-gateway",
        "hushgate: gateway",
        "The health of the gateway's own parts.",
        [*_up(), *_since(), *_work(), *_process(), _versions()],
    )


def _up() -> list[Panel]:
    questions = {
        "Guarded": (
            "yes while `hushgate status` says guarding; it names what is wrong otherwise.",
            GUARDED,
        ),
        "Stream plane": (
            "yes while the addon answers the scrape.",
            "min(hushgate_addon_up{HERE})",
        ),
        "Packet plane": (
            "yes while the gate answers the addon.",
            "min(hushgate_gate_up{HERE})",
        ),
        "Clock trusted": (
            "Windows need a clock that can be trusted.",
            "min(hushgate_clock_trusted{HERE})",
        ),
        "Configuration taken": (
            "NO: the last change of the file was refused; the old one is in force.",
            "min(hushgate_policy_last_reload_successful{HERE})",
        ),
    }
    return [
        *(
            stat(
                title,
                description,
                query,
                height=3,
                thresholds=steps(RED),
                mappings=[YES_NO],
                loud=True,
            )
            for title, (description, query) in questions.items()
        ),
        stat(
            "Unknown speakers",
            "Clients that look like speakers but are not in the configuration.",
            "sum(hushgate_unknown_speakers{HERE})",
            height=3,
            thresholds=steps(GRAY, (0, GREEN), (1, ORANGE)),
        ),
    ]


def _since() -> list[Panel]:
    return [
        stat(
            "Running since",
            "Start of the addon.",
            "1000 * max(process_start_time_seconds{HERE})",
            width=8,
            height=3,
            unit="dateTimeFromNow",
            thresholds=steps(GRAY),
        ),
        stat(
            "Configuration since",
            "When a configuration was last taken.",
            "1000 * max(hushgate_policy_last_reload_success_timestamp_seconds{HERE})",
            width=8,
            height=3,
            unit="dateTimeFromNow",
            thresholds=steps(GRAY),
        ),
        stat(
            "Policy revision",
            "Grows with each configuration that is taken, and with each override.",
            "max(hushgate_policy_revision{HERE})",
            width=8,
            height=3,
            thresholds=steps(GRAY),
        ),
    ]


def _work() -> list[Panel]:
    rejected = 'hushgate_policy_reloads_total{HERE, result="rejected"}'
    return [
        bars(
            "Things that should not happen",
            "Failures by cause, uses of the fail policy, and the table put back.",
            [
                Query(counts("cause", "hushgate_errors_total{HERE}"), "error: {{cause}}"),
                Query(
                    counts("cause, outcome", "hushgate_fail_policy_total{HERE}"),
                    "undecided: {{cause}}, {{outcome}}",
                ),
                Query(
                    counts("instance", "hushgate_gate_table_reasserted_total{HERE}"),
                    "nftables table put back",
                ),
                Query(counts("instance", rejected), "configuration refused"),
            ],
        ),
        lines(
            "Held bytes, of what may be held",
            "Upload bytes that wait in the proxy, as a share of the limit.",
            [
                Query(
                    "sum by (instance) (hushgate_held_bytes{HERE})"
                    " / sum by (instance) (hushgate_held_limit_bytes{HERE})",
                    "{{instance}}",
                )
            ],
            unit="percentunit",
            max=1,
            decimals=0,
            thresholds=steps(GREEN, (0.9, RED)),
            custom={"thresholdsStyle": {"mode": "dashed"}},
        ),
        bars(
            "Packets decided in the kernel",
            "Packets of speakers by the counters of the nftables table.",
            [Query(counts("counter", "hushgate_gate_packets_total{HERE}"), "{{counter}}")],
        ),
        lines(
            "Problems",
            "What `hushgate status` calls a problem, and what of it lets speakers past the gate.",
            [
                Query("sum by (instance) (hushgate_problems{HERE})", "{{instance}}: in all"),
                Query(
                    "sum by (instance) (hushgate_gate_problems{HERE})",
                    "{{instance}}: let speakers past",
                ),
            ],
            decimals=0,
            custom={"axisSoftMax": 4},
            overrides=[override_like("past$", color=fixed(RED))],
        ),
        lines(
            "Waiting",
            "Utterances that wait for your answer, and packets that wait for the gate.",
            [
                Query("sum(hushgate_pending_requests{HERE})", "utterances"),
                Query("sum(hushgate_gate_queue_packets{HERE})", "packets"),
            ],
            decimals=0,
            custom={"axisSoftMax": 4},
        ),
        lines(
            "Connections",
            "Open connections by speaker.",
            [Query("sum by (device) (hushgate_flows{HERE})", "{{device}}")],
            decimals=0,
            custom={"stacking": {"mode": "normal"}, "fillOpacity": 25},
        ),
    ]


def _process() -> list[Panel]:
    ledger = "hushgate_ledger"
    return [
        lines(
            "Ledger",
            "Rows written, lost and waiting. A lost row costs no decision.",
            [
                Query(f"sum(increase({ledger}_rows_total{{HERE}}[$__rate_interval]))", "written"),
                Query(f"sum(increase({ledger}_lost_rows_total{{HERE}}[$__rate_interval]))", "lost"),
                Query(f"sum({ledger}_waiting_rows{{HERE}})", "waiting"),
            ],
            overrides=[override("lost", color=fixed(RED))],
            interval="15m",
        ),
        lines(
            "Memory",
            "Resident memory of the addon.",
            [Query("process_resident_memory_bytes{HERE}", "{{instance}}")],
            unit="bytes",
        ),
        lines(
            "Processor",
            "Share of one processor core that the addon uses.",
            [Query("rate(process_cpu_seconds_total{HERE}[$__rate_interval])", "{{instance}}")],
            unit="percentunit",
        ),
        lines(
            "Open files, of what may be open",
            "Open files of the addon, as a share of how many it may open.",
            [Query("process_open_fds{HERE} / process_max_fds{HERE}", "{{instance}}")],
            unit="percentunit",
            max=1,
            decimals=0,
        ),
    ]


def _versions() -> Panel:
    return table(
        "Versions",
        "What runs.",
        [now("hushgate_build_info{HERE}")],
        width=WIDTH,
        height=4,
        transformations=[
            organize(
                ["Time", "Value", "__name__", "job"],
                {"instance": "Gateway", "version": "hushgate", "python": "Python"},
            )
        ],
    )
