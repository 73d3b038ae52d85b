"""An archive of exact files has no others of their stars, and is searched for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from preprocessing.acquire.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.acquire.archives.exact_files import ExactFiles
from preprocessing.core.errors import TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import Target, parse_target
from preprocessing.network.transfer import Transfer

_NAMES = (
    "tess2020078014623-s0023-0000000000000001-0177-s_lc.fits",
    "tess2019140104343-s0012-0000000000000001-0144-s_lc.fits",
    "hlsp_qlp_tess_ffi_s0056-0000000000000002_tess_v01_llc.fits",
)


class Inner:
    """Remembers which stars it was asked for."""

    identity = "inner"
    polite_requests = 3
    may_be_down = True
    has_answered = True
    fallbacks: tuple[Archive, ...] = ()
    unread_files: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.searched: list[str] = []

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        self.searched += [target.name for target in targets]
        return {target.key: TargetError(Reason.NO_DATA, "none") for target in targets}


def _products() -> list[Product]:
    return [product for product in map(parse_file_name, _NAMES) if product is not None]


async def test_only_the_named_files() -> None:
    """A star has the named files, in time order, and only other stars are searched for."""
    inner = Inner()
    archive = ExactFiles(cast(Archive, inner), _products())
    assert (archive.identity, archive.polite_requests, archive.may_be_down) == ("inner", 3, True)
    targets = [parse_target(name) for name in ("TIC 1", "TIC 2", "TIC 3", "Kepler-10")]
    answers = await archive.search(targets, make_recipe("TESS"), Transfer())
    assert inner.searched == ["TIC 3", "Kepler-10"]
    first, second = answers[targets[0].key], answers[targets[1].key]
    assert isinstance(first, StarFiles) and isinstance(second, TargetError)
    assert [product.label for product in first.products] == ["S12", "S23"]
    # Not "no data": the archive would be asked whether that is so.
    assert second.reason is Reason.NO_SUCH_CADENCE
    assert "names no file of TIC 2 by SPOC, only hlsp_qlp" in str(second)


async def test_a_dry_run_confirms_the_stars() -> None:
    """A dry run asks for the stars of files too: what the archive lacks cannot be had."""
    inner = Inner()
    archive = ExactFiles(cast(Archive, inner), _products(), confirms=True)
    target = parse_target("TIC 1")
    answers = await archive.search([target], make_recipe("TESS"), Transfer())
    assert inner.searched == ["TIC 1"]
    answer = answers[target.key]
    assert isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA
