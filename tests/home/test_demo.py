"""What the demo says of its scenes, to programs and to people."""

import pytest

from tests.home.demo import as_document, render_table
from tests.home.evidence import Account
from tests.home.results import Result


def make_result(*, leaked: int = 0) -> Result:
    account = Account(speech_sent=1000, speech_arrived=leaked, other_sent=200, other_arrived=200)
    result = Result(2, account)
    result.expect_silence()
    result.shown.append("all noticed")
    return result


def test_the_document_has_the_agreed_shape() -> None:
    assert as_document([make_result()]) == {
        "passed": True,
        "scenes": [
            {
                "name": "2 window closed, block: voice stays",
                "passed": True,
                "speech_bytes_sent": 1000,
                "speech_bytes_arrived": 0,
                "other_bytes_sent": 200,
                "other_bytes_arrived": 200,
                "identical": True,
                "detail": "all noticed",
            }
        ],
    }


def test_one_byte_of_speech_fails_the_demo() -> None:
    document = as_document([make_result(), make_result(leaked=1)])
    assert document["passed"] is False


def test_no_scene_is_no_success() -> None:
    assert as_document([])["passed"] is False


def test_the_table_says_what_failed() -> None:
    table = render_table([make_result(leaked=1)], color=False)
    assert "FAIL" in table
    assert "1 bytes of speech left; all noticed" in table


@pytest.mark.parametrize("color", [True, False])
def test_colors_only_where_asked_for(color: bool) -> None:
    assert ("\x1b[" in render_table([make_result()], color=color)) is color
