"""Counts of what the server was asked and what it answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from preprocessing.simulator.answers import Answer, Ending
from preprocessing.simulator.calls import Call, CallKind

__all__ = ["RequestLog"]


class RequestLog:
    """Counts of requests, answers and connections since the server started.

    Attributes
    ----------
    requests : Counter of str
        Requests by kind: ``download``, ``head``, ``resolver``, ``columnsconfig``,
        ``other`` and so on; for the portal, by the name of the service.
    files : Counter of str
        How often each file, or a part of it, was sent.
    whole_files : Counter of str
        How often each file was sent completely and without a fault.
    faulty_files : Counter of str
        How often a fault affected a request for each file.
    faults : Counter of str
        How often each kind of fault affected a request or a connection.
    refused : int
        Requests refused because the server was at its capacity.
    statuses : Counter of int
        Answers by HTTP status; ``0`` counts answers without a single byte.
    hosts : Counter of str
        Requests by the header Host, the server that the client believes it talks to.
    connections : int
        TCP connections accepted.
    open_connections, peak_connections : int
        TCP connections open now, and the most that were open at one time.
    in_flight, peak_in_flight : int
        Requests being answered now, and the most at one time.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.files: Counter[str] = Counter()
        self.whole_files: Counter[str] = Counter()
        self.faulty_files: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.refused = 0
        self.statuses: Counter[int] = Counter()
        self.hosts: Counter[str] = Counter()
        self.connections = 0
        self.open_connections = 0
        self.peak_connections = 0
        self.in_flight = 0
        self.peak_in_flight = 0

    def connected(self) -> None:
        """Count an accepted connection."""
        self.connections += 1
        self.open_connections += 1
        self.peak_connections = max(self.peak_connections, self.open_connections)

    def disconnected(self) -> None:
        """Count a connection that ended."""
        self.open_connections -= 1

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as in flight while the block runs."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def add_call(self, call: Call, host: str) -> None:
        """Count a request by its service and by the header Host."""
        self.hosts[host] += 1
        self.requests[call.subject if call.kind is CallKind.PORTAL else call.kind.value] += 1

    def add_answer(self, call: Call, answer: Answer) -> None:
        """Count an answer that is about to be sent."""
        if answer.ending in (Ending.RESET, Ending.SILENCE):
            self.statuses[0] += 1
            return
        self.statuses[answer.status] += 1
        if call.kind is CallKind.DOWNLOAD and answer.status in (200, 206):
            self.files[call.subject] += 1

    def add_fault(self, kind: str, call: Call) -> None:
        """Count a fault that affected a call."""
        self.faults[kind] += 1
        if call.kind in (CallKind.DOWNLOAD, CallKind.HEAD):
            self.faulty_files[call.subject] += 1

    def add_refusal(self) -> None:
        """Count a request refused because the server was at its capacity."""
        self.refused += 1

    def add_whole(self, call: Call, answer: Answer) -> None:
        """Count an answer that was sent completely and without a fault."""
        if call.kind is CallKind.DOWNLOAD and answer.status == 200:
            self.whole_files[call.subject] += 1

    def counts(self) -> dict[str, Any]:
        """Return all counts, except those of single files, as a JSON object."""
        return {
            "requests": dict(self.requests),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "files_sent": self.files.total(),
            "whole_files_sent": self.whole_files.total(),
            "faults": dict(self.faults),
            "refused": self.refused,
            "connections": self.connections,
            "peak_connections": self.peak_connections,
            "peak_in_flight": self.peak_in_flight,
        }
