"""What a server was asked and what it answered, as counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from preprocessing.simulator.answers import Answer, Ending
from preprocessing.simulator.calls import Call, CallKind

__all__ = ["RequestLog"]


class RequestLog:
    """Counts of requests, answers and connections since a server started.

    Attributes
    ----------
    requests : Counter of str
        Requests by kind: ``download``, ``head``, ``resolver``, ``columnsconfig``,
        ``other``, and for the portal the name of the service.
    files : Counter of str
        For each file, how often its bytes, or some of them, were sent.
    whole_files : Counter of str
        For each file, how often the whole of its true bytes was sent, as it should be.
    faulty_files : Counter of str
        For each file, how often a fault befell a request for it.
    faults : Counter of str
        How often each kind of fault befell a request or a connection.
    refused : int
        Requests refused for want of a place.
    statuses : Counter of int
        Answers by HTTP status; ``0`` counts those of which no byte was sent.
    hosts : Counter of str
        Requests by the header Host: where the client believes to be.
    connections : int
        TCP connections accepted.
    open_connections, peak_connections : int
        TCP connections open now, and the most there were at a time.
    in_flight, peak_in_flight : int
        Requests being answered now, and the most there were at a time.
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
        """Count a connection that was accepted."""
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
        """Count what a request asks for, and of whom."""
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
        """Count a fault that befell a call."""
        self.faults[kind] += 1
        if call.kind in (CallKind.DOWNLOAD, CallKind.HEAD):
            self.faulty_files[call.subject] += 1

    def add_refusal(self) -> None:
        """Count a request that found no place."""
        self.refused += 1

    def add_whole(self, call: Call, answer: Answer) -> None:
        """Count an answer that was sent to its end, and that no fault befell."""
        if call.kind is CallKind.DOWNLOAD and answer.status == 200:
            self.whole_files[call.subject] += 1

    def counts(self) -> dict[str, Any]:
        """Return what was counted, but for single files, as JSON can hold it."""
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
