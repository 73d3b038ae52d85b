"""No more comes than is allowed, whatever the connections do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.network.http_client import HttpClient
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star, long_product

_PRODUCT = long_product(757076, 1)


@pytest.mark.slow
@given(
    st.floats(1e3, 1e9),
    st.lists(st.tuples(st.floats(0, 10), st.integers(1, 10**6)), min_size=1, max_size=30),
)
def test_whoever_waits_keeps_to_the_rate(
    bytes_per_s: float, arrivals: list[tuple[float, int]]
) -> None:
    """After each wait, all bytes so far took at least their time."""
    now = 0.0
    limit = RateLimit(bytes_per_s, clock=lambda: now)
    total = 0
    for pause_s, count in arrivals:
        now += pause_s
        total += count
        now += limit.owed_s(count)
        assert total <= bytes_per_s * now * (1 + 1e-9)


async def test_time_without_bytes_is_not_saved_up() -> None:
    """Silence does not allow a faster rate afterwards."""
    now = 0.0
    limit = RateLimit(100.0, clock=lambda: now)
    now = 1e6
    assert limit.owed_s(50) == 0.5


@pytest.mark.parametrize(("bytes_per_s", "waits"), [(None, False), (1e6, True)])
async def test_a_client_waits_for_what_it_received(bytes_per_s: float | None, waits: bool) -> None:
    """A client waits as long as its bytes take, and no time-out counts the wait."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    now = 100.0
    limit = None
    if bytes_per_s is not None:
        limit = RateLimit(bytes_per_s, clock=lambda: now, sleep=sleep)
    transfer = Transfer(clock=lambda: now)
    holdings = FakeHoldings(held_star(757076), file_size=500_000)
    async with ArchiveSimulator(holdings) as server, HttpClient(2, rate_limit=limit) as http:
        url = f"{server.base_url}/api/v0.1/Download/file"
        body = (await http.get_file(url, {"uri": _PRODUCT.uri}, transfer)).body
    assert len(body) == 500_000
    assert (max(slept, default=0.0) == 0.5) == waits
    assert transfer.seconds_left(10.0) == 10.0
