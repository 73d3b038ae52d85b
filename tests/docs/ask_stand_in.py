"""Let the stand-in run a command here: ``python -I -S ask_stand_in.py SOCKET WHAT ARGUMENT...``.

It imports little, since every command of the guides starts it.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main() -> int:
    """Hand over the command and all that is around it; return its exit status."""
    path, *words = sys.argv[1:]
    request = json.dumps(
        {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
    ).encode()
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(path)
        socket.send_fds(asked, [len(request).to_bytes(4, "big")], [0, 1, 2])
        asked.sendall(request)
        return int(asked.recv(16) or 1)


if __name__ == "__main__":
    sys.exit(main())
