"""The archive that everything is measured against, in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ARCHIVE_CORES, pinned
from preprocessing.core.errors import RunError

__all__ = ["ROOT", "Conditions", "Counts", "make_certificate", "read_counts", "served"]

#: Of the repository.
ROOT = Path(__file__).resolve().parents[1]

_URL = re.compile(r"https?://\S+")
#: To close its connections and write its counts, in seconds.
_STOP_TIMEOUT_S = 30.0
#: The file that holds the archive's certificate and key, and that of who issued it.
_CERTIFICATE, _AUTHORITY = "certificate.pem", "authority.pem"


@dataclass(frozen=True)
class Conditions:
    """How an archive is reached.

    Parameters
    ----------
    latency_s, portal_latency_s : float
        Before the first byte of a file, and of the answer to a search, in seconds.
    bandwidth_mb_s : float or None
        10**6 bytes a second of each connection; not limited if None.
    tls : bool
    """

    latency_s: float = 0.0
    portal_latency_s: float = 0.0
    bandwidth_mb_s: float | None = None
    tls: bool = False


@dataclass(frozen=True)
class Counts:
    """What an archive was asked in one run.

    Parameters
    ----------
    requests : mapping of str to int
        By kind, as in `preprocessing.simulator.request_log.RequestLog`.
    connections, peak_connections : int
        TCP connections that were opened; most at a time.
    peak_in_flight : int
        Most requests at a time.
    """

    requests: Mapping[str, int]
    connections: int
    peak_connections: int
    peak_in_flight: int

    @property
    def portal_queries(self) -> int:
        """Searches, the questions for their columns included."""
        of_portal = (n for kind, n in self.requests.items() if kind.startswith("Mast."))
        return sum(of_portal) + self.requests.get("columnsconfig", 0)

    @property
    def file_requests(self) -> int:
        """Requests for files, those for their sizes included."""
        return self.requests.get("download", 0) + self.requests.get("head", 0)


def make_certificate(folder: Path) -> Path:
    """Make a certificate for this machine's loopback address.

    Parameters
    ----------
    folder : Path
        Where it goes, with its key, for `served`.

    Returns
    -------
    Path
        The certificate of the authority that clients have to trust.
    """
    # Imported here: only runs over TLS need it.
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / _CERTIFICATE))
    authority.cert_pem.write_to_path(str(folder / _AUTHORITY))
    return folder / _AUTHORITY


@contextmanager
def served(holdings: Sequence[str], folder: Path, conditions: Conditions) -> Iterator[str]:
    """Serve an archive in a process of its own while the block runs.

    Parameters
    ----------
    holdings : sequence of str
        Options of ``python -m preprocessing.simulator`` that say what it holds.
    folder : Path
        For its log, and the counts that `read_counts` reads. With TLS, `make_certificate`
        made the certificate there.
    conditions : Conditions

    Yields
    ------
    str
        Its address.

    Raises
    ------
    RunError
        It did not start, or did not end.
    """
    command = [sys.executable, "-m", "preprocessing.simulator", "--port", "0", "--parent-watch"]
    options = [*holdings, *_options(conditions, folder), "--counts", str(_counts_path(folder))]
    log = folder / "archive.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            pinned([*command, *options], ARCHIVE_CORES),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as child,
    ):
        try:
            yield _announced_url(child, log)
        finally:
            child.terminate()
            try:
                child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise RunError("the embedded archive did not end") from error


def read_counts(folder: Path) -> Counts:
    """Return what an archive that was `served` with this folder, and ended, was asked."""
    counted: dict[str, Any] = json.loads(_counts_path(folder).read_text())
    names = ("requests", "connections", "peak_connections", "peak_in_flight")
    return Counts(**{name: counted[name] for name in names})


def _counts_path(folder: Path) -> Path:
    return folder / "counts.json"


def _options(conditions: Conditions, folder: Path) -> Iterator[str]:
    yield from ("--latency", str(conditions.latency_s))
    yield from ("--portal-latency", str(conditions.portal_latency_s))
    if conditions.bandwidth_mb_s is not None:
        yield from ("--bandwidth", str(conditions.bandwidth_mb_s))
    if conditions.tls:
        yield from ("--certificate", str(folder / _CERTIFICATE))


def _announced_url(child: subprocess.Popen[str], log: Path) -> str:
    assert child.stdout is not None
    match = _URL.search(child.stdout.readline())
    if match is None:
        child.wait()
        raise RunError(f"the embedded archive did not start: {log.read_text().strip()}")
    return match[0]
