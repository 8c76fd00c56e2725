"""Are the blocklists fresh?"""

from scripts.dashboards.board import dashboard
from scripts.dashboards.fields import GREEN, RED, Json, steps
from scripts.dashboards.panels import Query, bars, counts, lines

_HOUR = "1h"
_STALE = 7
"""Days; the alert HushgateListStale asks for the same."""


def lists() -> Json:
    """Give the dashboard of blocklists."""
    return dashboard(
        "hushgate-lists",
        "hushgate: lists",
        "How big the blocklists are, how old, and whether fetching them works.",
        [
            lines(
                "Entries",
                "Entries of each list.",
                [Query("sum by (list) (hushgate_list_entries{HERE})", "{{list}}")],
                decimals=0,
            ),
            lines(
                "Age",
                "Time since a list last came from its source. Lists that are files here have none.",
                [
                    Query(
                        "(time() - max by (list)"
                        " (hushgate_list_last_success_timestamp_seconds{HERE} > 0)) / 86400",
                        "{{list}}",
                    )
                ],
                unit="suffix: d",
                thresholds=steps(GREEN, (_STALE, RED)),
                custom={"thresholdsStyle": {"mode": "dashed"}},
            ),
            bars(
                "Fetches that failed",
                "Number of fetches that failed, by list.",
                [Query(counts("list", "hushgate_list_errors_total{HERE}"), "{{list}}")],
                interval=_HOUR,
            ),
            bars(
                "Refused because of a list",
                "Uploads to endpoints that a list names, by speaker.",
                [
                    Query(
                        counts("device", 'hushgate_uploads_total{HERE, reason="blocklisted"}'),
                        "{{device}}",
                    )
                ],
                interval=_HOUR,
            ),
        ],
        span="now-7d",
    )
