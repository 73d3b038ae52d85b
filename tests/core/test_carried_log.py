"""What is logged in a unit of work is logged where the unit came from."""

from __future__ import annotations

import logging
import pickle

import pytest

from preprocessing.core.carried_log import carried_log, replay
from preprocessing.core.log_marks import EVERY_TIME


def test_messages_arrive(caplog: pytest.LogCaptureFixture) -> None:
    """Messages keep wording, level and marks, and are shown once, by the other process."""
    log = logging.getLogger("preprocessing.somewhere")
    with carried_log() as messages:
        log.warning("%s: %d files: %s", "KIC 1", 3, OSError("full"), extra=EVERY_TIME)
        log.debug("nobody needs this")
    assert not caplog.records
    with caplog.at_level(logging.INFO, "preprocessing"):
        replay(pickle.loads(pickle.dumps(messages)))
    (record,) = caplog.records
    assert (record.getMessage(), record.msg) == ("KIC 1: 3 files: full", "%s: %d files: %s")
    assert (record.levelname, getattr(record, "every_time", None)) == ("WARNING", True)
