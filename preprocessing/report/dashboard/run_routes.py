"""What the page asks of the run: how far it is, what failed, and what it is told."""

from __future__ import annotations

import secrets
import shlex
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from aiohttp import web

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.run_state import (
    CONTROL_NAME,
    RUN_HISTORY_NAME,
    RUN_STATUS_NAME,
    Command,
    ControlCommand,
    RunStatus,
    read_history,
)
from preprocessing.report.dashboard.answers import json_answer
from preprocessing.report.dashboard.errors import in_thread, json_object
from preprocessing.report.dashboard.record_counts import QuarterCount, RecordCounts
from preprocessing.system.atomic import write_atomically
from preprocessing.system.waiting import utc_now
from preprocessing.system.write_errors import remedy

__all__ = ["RunRoutes"]

#: Of a longer history, the end is read: some 20,000 lines, two days and more of a run.
_MOST_HISTORY = 12_000_000


class RunRoutes:
    """Answers about the run, alive or not, and takes commands to it.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = DatasetFolder(root).checkpoints
        self._counts = RecordCounts(root)

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered."""
        return [
            web.get("/api/run", self.run),
            web.get("/api/run/history", self.history),
            web.post("/api/control", self.control),
        ]

    async def run(self, request: web.Request) -> web.Response:
        """Say how far the run is, and what came of each quarter."""
        return json_answer(await in_thread(self._run))

    async def history(self, request: web.Request) -> web.Response:
        """Return what the run was like over time, from a time on."""
        since = request.query.get("since", "")
        return json_answer(await in_thread(self._history, since))

    async def control(self, request: web.Request) -> web.Response:
        """Tell the run something; it confirms in its status."""
        asked = (await json_object(request)).get("command")
        if asked not in [str(command) for command in Command]:
            raise UsageError(f"a command is one of {', '.join(Command)}")
        command = ControlCommand(secrets.token_hex(8), Command(asked), utc_now())
        await in_thread(self._tell, command)
        return web.json_response({"id": command.id}, status=202)

    def _run(self) -> dict[str, object]:
        status = _read_status(self._folder / RUN_STATUS_NAME)
        self._counts.look()
        return {
            "status": None if status is None else asdict(status),
            "alive": status is not None and _is_alive(status),
            "quarters": [_described(count) for count in self._counts.quarters()],
            "failures": self._counts.failures(),
            "records_read": round(self._counts.share_read, 4),
            "retry_command": f"xenoscan download --dataset {shlex.quote(str(self._root))}"
            " --retry-failed",
        }

    def _history(self, since: str) -> list[dict[str, object]]:
        try:
            with (self._folder / RUN_HISTORY_NAME).open("rb") as stream:
                length = stream.seek(0, 2)
                stream.seek(max(0, length - _MOST_HISTORY))
                text = stream.read(_MOST_HISTORY).decode("utf-8", "replace")
        except OSError:
            return []
        return [asdict(one) for one in read_history(text, since)]

    def _tell(self, command: ControlCommand) -> None:
        path = self._folder / CONTROL_NAME
        status = _read_status(self._folder / RUN_STATUS_NAME)
        if status is None or not _is_alive(status):
            raise web.HTTPConflict(text=f"no run of {self._root} is alive that could be told so")
        try:
            write_atomically(path, command.to_json().encode())
        except OSError as error:
            raise RunError(
                f"the run is not told: {path} cannot be written ({error.strerror or error})."
                f" {remedy(error)}"
            ) from error


def _read_status(path: Path) -> RunStatus | None:
    try:
        return RunStatus.from_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _is_alive(status: RunStatus) -> bool:
    return status.is_alive(datetime.now(timezone.utc))


def _described(count: QuarterCount) -> dict[str, object]:
    digits = "".join(filter(str.isdigit, count.label))
    quoted = count.label.replace("'", "''")
    return {
        "quarter": int(digits) if digits else count.label,
        "label": count.label,
        "expected": count.expected,
        "complete": count.complete,
        "failed": count.failed,
        "reasons": dict(count.reasons),
        "where": f"list_contains(failed_files, '{quoted}')",
    }
