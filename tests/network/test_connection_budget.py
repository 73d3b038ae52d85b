"""Units of work never have more connections together than an archive takes."""

from __future__ import annotations

from preprocessing.network.connection_budget import ConnectionBudget, Share


def taken(budget: ConnectionBudget, most: int) -> list[Share]:
    shares = []
    while (share := budget.take(most)) is not None:
        shares.append(share)
    return shares


def test_never_more_than_allowed() -> None:
    """Shares add up to what is allowed, and the last one may be smaller."""
    budget = ConnectionBudget(4)
    assert [share.connections for share in taken(budget, 10)] == [4, 4, 2]
    assert budget.take(10) is None
    assert budget.take(12) == Share(2, 0)


def test_refusals_shrink_it_once() -> None:
    """Units that were refused together halve the budget once; good ones let it grow again."""
    budget = ConnectionBudget(4)
    first = taken(budget, 16)
    for share in first:
        budget.give_back(share, refusals=3)
    second = taken(budget, 16)
    assert sum(share.connections for share in second) == 8
    for share in second:
        budget.give_back(share, refusals=0)
    assert sum(share.connections for share in taken(budget, 16)) == 10


def test_one_connection_is_left() -> None:
    """However often an archive refuses, one request at a time is made."""
    budget = ConnectionBudget(4)
    for _ in range(5):
        share = budget.take(4)
        assert share is not None
        budget.give_back(share, refusals=1)
    assert budget.take(4) == Share(1, 5)
    assert budget.take(4) is None
