"""The resolver knows held stars by number and by name."""

from __future__ import annotations

import pytest

from preprocessing.missions.k2 import k2_product
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.resolver import ResolverService
from tests.support.fake_holdings import FakeHoldings, held_star


@pytest.fixture
def resolver() -> ResolverService:
    """Return a resolver of two stars, of which one has no position."""
    return ResolverService(
        FakeHoldings(
            held_star(11442793, ra_deg=284.4, dec_deg=49.3, names=("Kepler-90", "KOI 351")),
            held_star(757076, ra_deg=float("nan"), names=("Nowhere",)),
            HeldStar(211, 60.5, 20.5, ("K2-1",), (k2_product(211, 4, "long"),)),
        )
    )


@pytest.mark.parametrize(
    "name",
    ["Kepler-90", "kepler-90", "KOI  351", "KIC 11442793", "kic11442793", "kplr011442793"],
)
def test_known_names(resolver: ResolverService, name: str) -> None:
    """Case, blanks and leading zeros do not matter; the name is echoed in lower case."""
    (entry,) = resolver.resolve([name])["resolvedCoordinate"]
    assert entry["searchString"] == name.lower()
    assert (entry["ra"], entry["decl"]) == (284.4, 49.3)


@pytest.mark.parametrize("name", ["EPIC 211", "ktwo000000211", "epic_211", "K2-1"])
def test_names_of_other_missions(resolver: ResolverService, name: str) -> None:
    """A star of K2 is known by its number in K2's catalog, and by its name."""
    (entry,) = resolver.resolve([name])["resolvedCoordinate"]
    assert (entry["ra"], entry["decl"]) == (60.5, 20.5)


@pytest.mark.parametrize(
    "name", ["TIC 211", "KIC 211", "", "Kepler-91", "KIC 1", "KIC", "11442793", "Nowhere"]
)
def test_unknown_names(resolver: ResolverService, name: str) -> None:
    """A name without a held star or position gives no coordinate."""
    assert resolver.resolve([name])["resolvedCoordinate"] == []


def test_several_names_keep_their_order(resolver: ResolverService) -> None:
    """Each known name has its entry, in the order asked."""
    entries = resolver.resolve(["KOI 351", "nothing", "Kepler-90"])["resolvedCoordinate"]
    assert [entry["searchString"] for entry in entries] == ["koi 351", "kepler-90"]
