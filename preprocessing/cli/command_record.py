"""Record in a data set's folder which commands made its tables, for whoever reports on them."""

from __future__ import annotations

import json
import platform
from pathlib import Path

from preprocessing._version import __version__
from preprocessing.cli.call import Call
from preprocessing.cli.terminal import complain
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.system.atomic import append_whole, make_folder, not_through_links
from preprocessing.system.waiting import utc_now

__all__ = ["record_command"]


def record_command(root: Path | None, name: str, call: Call, status: int, seconds: float) -> None:
    """Append a command that ended to the data set's list of commands, if there is a data set.

    A list that cannot be written costs the line, and not the command's success.

    Parameters
    ----------
    root : Path, optional
        The folder of the data set.
    name : str
        The command.
    call : Call
        How it was called.
    status : int
        How it ended: its exit status.
    seconds : float
        How long it took.
    """
    if root is None or not root.is_dir():
        return
    record = {
        "time": utc_now(),
        "seconds": round(seconds, 1),
        "program": f"xenoscan {__version__}",
        "python": platform.python_version(),
        "command": name,
        "arguments": list(call.words),
        "status": status,
    }
    path = DatasetFolder(root).commands
    try:
        make_folder(path.parent)
        with open(path, "ab", buffering=0, opener=not_through_links) as stream:
            append_whole(stream, json.dumps(record).encode() + b"\n", stream.tell())
    except OSError as error:
        complain(call.program, f"{path} cannot list this command: {error.strerror or error}")
