"""Run commands and Python files with the simulator in place of the public archives.

``python -m tests.docs.stand_in URL SOCKET`` imports what commands need, once, and then makes a
process of its own for each command that `tests.docs.ask_stand_in` sends to the listening socket of
that number: ``xenoscan ARGUMENT...`` or ``python FILE``. Everything else, the names of the archives
and their polite limits included, is as for a user, except that ``--archive embedded`` has few
stars.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import sys
from importlib import import_module

from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.main import main as xenoscan

#: Where the public archives are, by the name of the constant that says so; the simulator has all of
#: them at one address.
ADDRESSES = {
    "MAST_URL": "{url}",
    "MAST_RESOLVER_URL": "{url}",
    "STSCI_URL": "{url}",
    "BUCKET_URL": "{url}/stpubdata",
    "EXOPLANET_ARCHIVE_URL": "{url}/TAP",
}
#: What commands and guides import when they need it, which takes long.
_IMPORTED = (
    "preprocessing.acquire.archives.open_tree",
    "preprocessing.acquire.downloader",
    "preprocessing.catalog.build",
    "preprocessing.cli.embedded",
    "preprocessing.dataset.packing.pack",
    "astropy.timeseries",
    "astropy_healpix",
    "duckdb",
    "lightkurve",
    "pyarrow.dataset",
    "pyvo",
)


#: A simulator with few stars starts in half the time, and these stars are those of a large one.
FEW_STARS = "embedded --stars 60 --k2-stars 20 --tess-stars 20"
#: A page whose stars need not have all of their quarters sets this to how many they have.
QUARTERS = "STAND_IN_QUARTERS"


def point_at(url: str) -> None:
    """Replace the addresses of the public archives, wherever the package has them."""
    modules = [module for name, module in sys.modules.items() if name.startswith("preprocessing")]
    for name, address in ADDRESSES.items():
        homes = [module for module in modules if hasattr(module, name)]
        assert homes, f"no module has {name} any more"
        for module in homes:
            setattr(module, name, address.format(url=url))


def use_synthetic_stars() -> None:
    """Let ``check-setup --archive mast`` download stars that the simulator has."""
    from preprocessing.cli import setup_check
    from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

    examples = SyntheticHoldings().examples()
    kinds = ("many_quarters", "single_quarter", "gaps", "module_3", "faint")
    stars = tuple(setup_check.CheckStar(f"KIC {examples[kind]}", kind) for kind in kinds)
    setattr(setup_check, "MAST_STARS", stars)  # noqa: B010  # it is a constant to everyone else


def next_command(listener: socket.socket) -> list[str]:
    """Return a command, each time in a new process that is where the command was given."""
    # Processes that wait for a command are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, _ = listener.accept()
        if os.fork() == 0:
            break
        asked.close()
    listener.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(asked, 4, 3)
    with asked.makefile("rb") as rest:
        request = json.loads(rest.read(int.from_bytes(size, "big")))
    if command := os.fork():
        _, status = os.waitpid(command, 0)
        asked.sendall(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    asked.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    words: list[str] = request["words"]
    return words


def run(what: str, arguments: list[str]) -> None:
    """Run ``xenoscan`` or a Python file."""
    quarters = f" --quarters {os.environ[QUARTERS]}" if os.environ.get(QUARTERS) else ""
    arguments = [FEW_STARS + quarters if word == "embedded" else word for word in arguments]
    if "check-setup" in arguments:
        use_synthetic_stars()
    if what == "xenoscan":
        sys.argv = ["xenoscan", *arguments]
        sys.exit(xenoscan())
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")


def main() -> None:
    """Import once, and run whatever is asked for."""
    url, number = sys.argv[1:]
    for name in _IMPORTED:
        import_module(name)
    for command in COMMANDS.values():
        command.load()
    point_at(url)
    # Processes need not look through all that they share, neither in between nor when they end.
    gc.freeze()
    what, *arguments = next_command(socket.socket(fileno=int(number)))
    run(what, arguments)


if __name__ == "__main__":
    main()
