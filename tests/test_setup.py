"""scripts/setup.sh and scripts/in_namespace.sh on machines that lack something."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"


def run_script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / name, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def only_an_old_python(tmp_path: Path) -> str:
    """A PATH on which every Python is 3.11."""
    for name in ("python3", "python3.13", "python3.14"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho old 3.11.2 /usr/bin/python3.11\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{tmp_path}:{os.environ['PATH']}"


def test_set_up_says_which_python_is_missing_and_how_to_get_it(only_an_old_python: str) -> None:
    done = run_script("setup.sh", PATH=only_an_old_python)
    assert done.returncode == 1
    assert "Python 3.13 or newer is missing (python3.13 is 3.11.2)" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert done.stderr.count("\n") == 1


def test_set_up_names_a_python_that_does_not_run() -> None:
    done = run_script("setup.sh", PYTHON="/nonexistent/python")
    assert done.returncode == 1
    assert done.stderr == "set-up: PYTHON=/nonexistent/python is not a Python that runs\n"


@pytest.mark.e2e
def test_a_command_in_a_namespace_keeps_its_arguments_and_its_status() -> None:
    done = run_script("in_namespace.sh", "sh", "-c", 'echo "$1"; exit 7', "sh", "two words")
    assert (done.stdout, done.returncode) == ("two words\n", 7)
