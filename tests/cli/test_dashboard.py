"""``xenoscan dashboard`` says where it is, and ends with Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from preprocessing.cli.main import main


@pytest.mark.slow
def test_serves_until_interrupted(tmp_path: Path) -> None:
    """The printed address can be opened, and Ctrl-C ends the command with status 0."""
    words = [sys.executable, "-m", "preprocessing", "dashboard", str(tmp_path), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(address[0]) as answer:
            assert b"<html" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == os.EX_OK


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "there is no folder nowhere"),
        (["s3://bucket/stars"], "the dashboard shows data sets on disk"),
        ([".", "--port", "70000"], "is no port"),
        ([".", "--port", "http"], "is no port"),
    ],
)
def test_bad_usage(capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    """What cannot be shown is refused in one line, with status 2."""
    assert main(["dashboard", *words]) == 2
    assert says in capsys.readouterr().err
