#!/bin/sh
# dask-jobqueue 0.9.0: importing it replaces the program's handler of Ctrl-C.
#
# An import is expected to leave signals alone. This one installs a handler of SIGINT that exits, so
# Ctrl-C raises SystemExit instead of KeyboardInterrupt from then on. Since only a main thread may set
# handlers, an import in another thread fails.
# Seen: the handler differs after the import; in a thread, ValueError.
#
# Exits with a status other than zero if an import leaves the handler alone, or works in a thread.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet dask-jobqueue==0.9.0 distributed==2026.8.0 dask==2026.8.0
cat >in_thread.py <<'PYTHON'
import threading

seen = []


def work():
    try:
        import dask_jobqueue  # noqa: F401
    except ValueError as error:
        seen.append(error)


thread = threading.Thread(target=work)
thread.start()
thread.join()
print("in a thread:", *seen)
raise SystemExit(0 if seen else 1)
PYTHON
cat >in_main.py <<'PYTHON'
import signal
from importlib.metadata import version

before = signal.getsignal(signal.SIGINT)
import dask_jobqueue  # noqa: E402, F401

after = signal.getsignal(signal.SIGINT)
print("dask-jobqueue", version("dask-jobqueue"), "SIGINT:", before, "->", after)
raise SystemExit(0 if before is not after else 1)
PYTHON
env/bin/python in_main.py
env/bin/python in_thread.py
