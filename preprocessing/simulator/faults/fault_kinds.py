"""Every kind of fault: its name, the calls it can affect, and the function that produces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from preprocessing.simulator.answers import Answer
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.faults import (
    corrupt_files,
    corrupt_listings,
    corrupt_tables,
    corrupt_transfers,
    error_pages,
)
from preprocessing.simulator.faults.fault_context import FaultContext

__all__ = ["FAULTS", "REFUSED", "Fault"]

#: The only kind that affects a client before its first request.
REFUSED = "refused"

_CONNECTIONS = frozenset({CallKind.CONNECTION})
_PORTAL = frozenset({CallKind.PORTAL})
_TABLES = _PORTAL | {CallKind.RESOLVER}
_DOWNLOADS = frozenset({CallKind.DOWNLOAD})
_HEADS = frozenset({CallKind.HEAD})
_FILES = _DOWNLOADS | _HEADS
_LISTINGS = frozenset({CallKind.LISTING})
_BODIES = _TABLES | _DOWNLOADS | _LISTINGS | {CallKind.TAP}
_EVERYTHING = _BODIES | _HEADS | {CallKind.COLUMNS_CONFIG}


@dataclass(frozen=True)
class Fault:
    """One way in which an answer can go wrong.

    Parameters
    ----------
    kind : str
        The fault's name.
    calls : frozenset of CallKind
        The calls that it can affect.
    distort : callable
        Turns the correct answer and the context into the wrong answer. If it cannot, for
        instance because there is no other file to send, it returns the correct answer itself.
    repeats : int
        How many answers in a row, to the same call, the fault affects before a correct one gets
        through. Applies to faults that occur by chance and without a time window.
    """

    kind: str
    calls: frozenset[CallKind]
    distort: Callable[[Answer, FaultContext], Answer]
    repeats: int = 0


_STATUSES = (
    (500, "Internal Server Error"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
)
_TOO_MANY, _UNAVAILABLE = (429, "Too Many Requests"), (503, "Service Unavailable")

_KINDS = (
    # The connection.
    Fault(REFUSED, _CONNECTIONS, corrupt_transfers.turned_away),
    Fault("reset", _EVERYTHING, corrupt_transfers.reset),
    Fault("silence", _EVERYTHING, corrupt_transfers.silence),
    Fault("stall", _BODIES, corrupt_transfers.stall),
    Fault("trickle", _BODIES, corrupt_transfers.trickle),
    Fault("cut", _BODIES, corrupt_transfers.cut),
    Fault("cut-chunked", _BODIES, corrupt_transfers.cut_chunked),
    Fault("cut-unannounced", _BODIES, corrupt_transfers.cut_unannounced),
    Fault("overlong", _BODIES, corrupt_transfers.overlong),
    Fault("gzip", _BODIES, corrupt_transfers.gzipped),
    Fault("gzip-bomb", _BODIES, corrupt_transfers.gzip_bomb),
    # The status.
    *(Fault(f"status-{s}", _EVERYTHING, error_pages.status_page(s, r)) for s, r in _STATUSES),
    Fault("status-429", _EVERYTHING, error_pages.status_page(*_TOO_MANY, 1)),
    Fault("status-429-date", _EVERYTHING, error_pages.busy_until(*_TOO_MANY, 3)),
    Fault("status-503-wait", _EVERYTHING, error_pages.status_page(*_UNAVAILABLE, 2)),
    Fault("status-503-date", _EVERYTHING, error_pages.busy_until(*_UNAVAILABLE, 3)),
    Fault("html-200", _EVERYTHING, error_pages.maintenance),
    Fault("missing", _FILES, error_pages.missing),
    Fault("head-405", _HEADS, error_pages.head_refused),
    Fault("redirect", _EVERYTHING, corrupt_transfers.redirect),
    Fault("redirect-away", _EVERYTHING, corrupt_transfers.redirect_away),
    Fault("redirect-to-plain", _EVERYTHING, corrupt_transfers.redirect_to_plain),
    Fault("redirect-loop", _EVERYTHING, corrupt_transfers.redirect_loop),
    # The portal.
    Fault("json-error", _PORTAL, corrupt_tables.json_error),
    Fault("json-cut", _TABLES, corrupt_tables.json_cut),
    Fault("executing", _PORTAL, corrupt_tables.executing, repeats=3),
    Fault("column-renamed", _PORTAL, corrupt_tables.column_renamed),
    Fault("column-missing", _PORTAL, corrupt_tables.column_missing),
    Fault("no-rows", _PORTAL, corrupt_tables.no_rows),
    Fault("star-missing", _PORTAL, corrupt_tables.star_missing),
    Fault("empty", _TABLES | _FILES, corrupt_tables.empty_archive),
    # The folder.
    Fault("listing-empty", _LISTINGS, corrupt_listings.no_listing),
    Fault("listing-foreign", _LISTINGS, corrupt_listings.foreign_listing),
    # The file.
    Fault("flip", _DOWNLOADS, corrupt_files.flip),
    Fault("flip-header", _DOWNLOADS, corrupt_files.flip_in_header),
    Fault("flip-table", _DOWNLOADS, corrupt_files.flip_in_table),
    Fault("flip-aperture", _DOWNLOADS, corrupt_files.flip_in_aperture),
    Fault("zero-block", _DOWNLOADS, corrupt_files.zero_block),
    Fault("swap-blocks", _DOWNLOADS, corrupt_files.swap_blocks),
    Fault("append", _DOWNLOADS, corrupt_files.append_bytes),
    Fault("other-star", _DOWNLOADS, corrupt_files.other_star),
    Fault("other-quarter", _DOWNLOADS, corrupt_files.other_quarter),
    Fault("other-month", _DOWNLOADS, corrupt_files.other_month),
    Fault("short-for-long", _DOWNLOADS, corrupt_files.short_for_long),
)

#: Every kind of fault, by name.
FAULTS: dict[str, Fault] = {fault.kind: fault for fault in _KINDS}
