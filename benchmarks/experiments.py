"""What is compared under which conditions, and what is asked of the outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from benchmarks.archive import Conditions
from benchmarks.report import Goal
from benchmarks.trial import Outcome

__all__ = [
    "EXPERIMENTS",
    "OTHER_BUILD",
    "XENOSCAN",
    "Entry",
    "Experiment",
    "Question",
    "Round",
    "against_other_build",
    "quick",
]

#: Ours.
XENOSCAN = "xenoscan"
#: Ours, as another checkout has it.
OTHER_BUILD = "other build"
_FLOOR = ("aria2c", "curl")


@dataclass(frozen=True)
class Entry:
    """One contender in an experiment.

    Parameters
    ----------
    contender : str
    connections : int
    stars : int
        So many that a run lasts long enough to be measured, and no longer.
    """

    contender: str
    connections: int
    stars: int

    @property
    def label(self) -> str:
        """How tables and plots call it."""
        return f"{self.contender} at {self.connections}"


#: What one round brought, by contender and connections.
Round = Mapping[tuple[str, int], Outcome]


@dataclass(frozen=True)
class Question:
    """What is asked of every round of an experiment.

    Parameters
    ----------
    goal : Goal
    answer : callable
        Raises `KeyError` for a round without the contenders that it is about.
    """

    goal: Goal
    answer: Callable[[Round], float]


@dataclass(frozen=True)
class Experiment:
    """What is compared, and how the archive is reached meanwhile.

    Parameters
    ----------
    name, title : str
    conditions : Conditions
    entries : tuple of Entry
    questions : tuple of Question
    """

    name: str
    title: str
    conditions: Conditions
    entries: tuple[Entry, ...]
    questions: tuple[Question, ...]


def _ratio(connections: int, others: Collection[str]) -> Callable[[Round], float]:
    """Return what divides our rate by that of the fastest of others in the same round."""

    def answer(outcomes: Round) -> float:
        fastest = max(outcomes[name, connections].stars_per_s for name in others)
        return outcomes[XENOSCAN, connections].stars_per_s / fastest

    return answer


def _of_ours(connections: int, figure: Callable[[Outcome], float]) -> Callable[[Round], float]:
    return lambda outcomes: figure(outcomes[XENOSCAN, connections])


def _cpu_question(connections: int, limit_ms: float) -> Question:
    goal = Goal(f"CPU at {connections} workers, ms a star", limit_ms)
    return Question(goal, _of_ours(connections, lambda o: o.cpu_ms_per_star))


def _memory_question(connections: int, limit_mb: float) -> Question:
    goal = Goal(f"peak memory at {connections} workers, MB", limit_mb)
    return Question(goal, _of_ours(connections, lambda o: o.measured.peak_rss_mb))


def _floor_question(connections: int, others: Collection[str], limit: float) -> Question:
    floor = f"the faster of {' and '.join(others)}" if len(others) > 1 else "".join(others)
    goal = Goal(f"rate at {connections} connections, of that of {floor}", limit, at_least=True)
    return Question(goal, _ratio(connections, others))


def _more_workers_question(workers: int) -> Question:
    def answer(outcomes: Round) -> float:
        return outcomes[XENOSCAN, workers].stars_per_s / outcomes[XENOSCAN, 4].stars_per_s

    return Question(Goal(f"rate at {workers} workers, of that at 4", 0.95, at_least=True), answer)


_POLITENESS = (
    Question(Goal("requests a file", 1.02), _of_ours(4, lambda o: o.requests_per_file)),
    Question(
        Goal("stars a portal query", 200, at_least=True),
        _of_ours(4, lambda o: o.stars / o.counts.portal_queries),
    ),
    Question(
        Goal("TCP connections opened at 4 workers", 4),
        _of_ours(4, lambda o: o.counts.connections),
    ),
)

#: What `compare` runs if nothing else is asked for.
EXPERIMENTS = (
    Experiment(
        "cpu-bound",
        "No latency: what the programs themselves cost",
        Conditions(),
        (
            *(Entry(XENOSCAN, n, 200) for n in (4, 16, 64)),
            Entry("usual design", 4, 24),
            Entry("download_all", 1, 8),
            Entry("lksearch", 1, 8),
            *(Entry(tool, n, 200) for tool in _FLOOR for n in (4, 16)),
        ),
        (
            Question(
                Goal("rate at 4 workers, of that of the usual design", 40, at_least=True),
                _ratio(4, ["usual design"]),
            ),
            *map(_more_workers_question, (16, 64)),
            _cpu_question(4, 50),
            _memory_question(16, 150),
            _memory_question(64, 220),
            *(_floor_question(n, ["aria2c"], 0.6) for n in (4, 16)),
            *_POLITENESS,
        ),
    ),
    Experiment(
        "wire",
        "0.3 s to the first byte, 4 MB/s a connection, searches 1 s",
        Conditions(latency_s=0.3, portal_latency_s=1.0, bandwidth_mb_s=4.0),
        tuple(Entry(name, n, 20 * n) for n in (4, 16, 32) for name in (XENOSCAN, *_FLOOR)),
        tuple(_floor_question(n, _FLOOR, 0.95) for n in (4, 16, 32)),
    ),
    Experiment(
        "tls",
        "No latency, over TLS",
        Conditions(tls=True),
        (Entry(XENOSCAN, 4, 200), Entry("curl", 4, 200)),
        (_cpu_question(4, 65),),
    ),
)


def quick(experiment: Experiment) -> Experiment:
    """Return an experiment with two stars for everyone, which shows nothing but that it runs."""
    entries = tuple(replace(entry, stars=2) for entry in experiment.entries)
    return replace(experiment, entries=entries, questions=())


def against_other_build(experiment: Experiment) -> Experiment:
    """Return an experiment in which another build of ours runs after each of our entries."""
    ours = [entry for entry in experiment.entries if entry.contender == XENOSCAN]
    entries = [e for entry in ours for e in (entry, replace(entry, contender=OTHER_BUILD))]
    questions = [q for entry in ours for q in _other_build_questions(entry.connections)]
    title = f"{experiment.title}; two builds"
    return replace(experiment, title=title, entries=tuple(entries), questions=tuple(questions))


def _other_build_questions(connections: int) -> tuple[Question, ...]:
    """Ask how much rate, processor time and memory differ, of the same round."""

    def ratio(figure: Callable[[Outcome], float]) -> Callable[[Round], float]:
        def answer(outcomes: Round) -> float:
            ours, other = (outcomes[name, connections] for name in (XENOSCAN, OTHER_BUILD))
            return figure(ours) / figure(other)

        return answer

    at = f"at {connections} workers, of the other build's"
    return (
        Question(Goal(f"rate {at}", 0.97, at_least=True), ratio(lambda o: o.stars_per_s)),
        Question(Goal(f"CPU a star {at}", 1.03), ratio(lambda o: o.cpu_ms_per_star)),
        Question(Goal(f"peak memory {at}", 1.05), ratio(lambda o: o.measured.peak_rss_mb)),
    )
