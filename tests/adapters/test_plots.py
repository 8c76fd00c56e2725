"""The plot of interactions."""

from pathlib import Path

import pytest

from hushgate.adapters.plots import plot_traces
from hushgate.core.errors import ConfigError
from hushgate.core.trace import Trace
from tests.core.test_trial import VOICE, up, utterance


def trace() -> Trace:
    events = [up(VOICE, 7.0, 41), *utterance(9.0)]
    return Trace("", "made", "echo", "voice", iter(events), name="one")


def test_a_plot_has_a_row_per_device(tmp_path: Path) -> None:
    plot_traces([trace(), trace()], tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_format_nobody_knows_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        plot_traces([trace()], tmp_path / "plot.nothing")


def test_nothing_to_plot_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to plot"):
        plot_traces([], tmp_path / "plot.png")
