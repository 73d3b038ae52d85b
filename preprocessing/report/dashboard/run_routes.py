"""What the page asks of the run: how far it is, what failed, and what it is told."""

from __future__ import annotations

import os
import secrets
import shlex
import threading
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from aiohttp import web

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.run_state import (
    CONTROL_NAME,
    MOST_CONTROL,
    RUN_HISTORY_NAME,
    RUN_STATUS_NAME,
    Command,
    ControlCommand,
    RunStatus,
    read_commands,
    read_history,
)
from preprocessing.report.dashboard.answers import json_answer
from preprocessing.report.dashboard.errors import in_thread, json_object
from preprocessing.report.dashboard.record_counts import QuarterCount, RecordCounts
from preprocessing.system.atomic import write_atomically
from preprocessing.system.plain_files import open_plain
from preprocessing.system.waiting import utc_now
from preprocessing.system.write_errors import remedy

__all__ = ["RunRoutes"]

#: Of a longer history, the end is read: some 20,000 lines, two days and more of a run.
_MOST_HISTORY = 12_000_000
#: How many commands may wait for an answer, which takes a run a second: no person gives more.
_MOST_WAITING = 10


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
        self._telling = threading.Lock()

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
        with self._telling:
            status = self._status_of_living()
            waiting = _waiting_commands(path, status)
            if len(waiting) >= _MOST_WAITING:
                raise web.HTTPConflict(
                    text=f"{len(waiting)} commands in {path} wait for the run's answer: wait, or"
                    " remove the file"
                )
            lines = [one.to_json() for one in (*waiting, command)]
            try:
                write_atomically(path, "".join(lines).encode())
            except OSError as error:
                raise RunError(
                    f"the run is not told: {path} cannot be written ({error.strerror or error})."
                    f" {remedy(error)}"
                ) from error
        # A run that ended meanwhile has looked for commands for the last time, maybe before this.
        self._status_of_living()

    def _status_of_living(self) -> RunStatus:
        status = _read_status(self._folder / RUN_STATUS_NAME)
        if status is None or not _is_alive(status):
            raise web.HTTPConflict(text=f"no run of {self._root} is alive that could be told so")
        return status


def _read_status(path: Path) -> RunStatus | None:
    try:
        return RunStatus.from_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _waiting_commands(path: Path, status: RunStatus) -> list[ControlCommand]:
    """Return the commands that a run has not answered yet."""
    try:
        with open_plain(str(path)) as stream:
            written = datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, timezone.utc)
            commands, _ = read_commands(stream.read(MOST_CONTROL))
    except OSError:
        return []
    if written.strftime("%Y-%m-%dT%H:%M:%SZ") < status.run:
        # Commands to an earlier run: this one does not take them.
        return []
    # They are answered in their order, and a status shows the last answers alone.
    answered = {answer.id for answer in status.answers}
    done = [n for n, command in enumerate(commands, 1) if command.id in answered]
    return commands[max(done, default=0) :]


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
