"""``hushgate identify`` as a user runs it."""

import json
from pathlib import Path

import pytest

from hushgate.cli import main

DATA = Path(__file__).parents[1] / "data"
HOMEPOD = DATA / "recordings" / "homepod-2019-part1.pcap"
QUIC = DATA / "protocol" / "zeek-quic-v2.pcap"


def test_it_says_who_is_there_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", str(HOMEPOD)]) == 0
    output = capsys.readouterr().out
    assert "d4:a3:3d:6b:1e:97  speaker: apple HomePod  (95% sure)" in output
    assert "    - announces the model AudioAccessory1,1 (_airplay._tcp)" in output
    assert "voice        guzzoni.apple.com  (Siri and dictation" in output


def test_json_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", "--json", str(HOMEPOD), str(QUIC)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"devices", "hellos", "endpoints"}
    (speaker,) = [device for device in result["devices"] if device["speaker"]]
    assert speaker["mac"] == "d4:a3:3d:6b:1e:97"
    assert "192.168.12.118" in speaker["addresses"]
    assert (speaker["vendor"], speaker["model"], speaker["kind"]) == (
        *("apple", "HomePod", "speaker"),
    )
    assert speaker["confidence"] == 0.95
    assert all(isinstance(reason, str) for reason in speaker["evidence"])
    assert {hello["transport"] for hello in result["hellos"]} == {"tcp", "quic"}
    assert {
        "device": "d4:a3:3d:6b:1e:97",
        "name": "guzzoni.apple.com",
        "vendor": "apple",
        "role": "voice",
    } in result["endpoints"]
    assert all(
        set(hello) == {"device", "transport", "sni", "alpn", "ja4"} for hello in result["hellos"]
    )


def test_a_file_that_is_no_capture_is_said_and_the_rest_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.txt").write_text("nothing of the kind")
    assert main(["identify", str(tmp_path / "x.txt"), str(QUIC)]) == 2
    output = capsys.readouterr()
    assert "expected a pcap or pcapng" in output.err
    assert str(QUIC) in output.out


def test_a_cut_capture_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.pcap").write_bytes(QUIC.read_bytes()[:-3])
    assert main(["identify", str(tmp_path / "x.pcap")]) == 0
    assert "warning: " in capsys.readouterr().err
