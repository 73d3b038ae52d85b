"""Real files are found in any tree: copied, unpacked, or in lightkurve's cache."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product, author_of, parse_file_name

#: lightkurve's cache has a folder for each mission, and for each observation in it.
_CACHED_AS = {"kepler": "Kepler", "k2": "K2", "tess": "TESS"}


def _bundle(product: Product) -> str:
    """Return where a file of a tar bundle is unpacked to: a folder a quarter or sector."""
    return f"{product.label}/{product.file_name}"


def _cached(product: Product) -> str:
    """Return where lightkurve 2 keeps a file."""
    collection = _CACHED_AS.get(author_of(product).collection, "HLSP")
    stem = product.file_name.rsplit("_", 1)[0]
    if collection == "Kepler":
        stem = f"kplr{product.number:09d}_lc_Q{'1' * 18}"
    elif product.author == "TESS-SPOC":
        # The observation is that of the target pixels.
        stem = f"{stem}_tp"
    return f"mastDownload/{collection}/{stem}/{product.file_name}"


_TREES: dict[str, Callable[[Product], str | None]] = {
    "rsync": lambda product: _below(author_of(product).web_root, product),
    "aws-sync": lambda product: _below(author_of(product).bucket_root, product),
    "tar": _bundle,
    "cache": _cached,
    "flat": lambda product: product.file_name,
}

_STARS = [
    ("KIC 8644288", {"mission": "Kepler"}, 18),
    ("KIC 6462863", {"mission": "Kepler", "cadence": "short"}, 3),
    ("EPIC 206103150", {"mission": "K2"}, 1),
    ("EPIC 221312395", {"mission": "K2", "author": "K2SFF"}, 2),
    ("TIC 162494287", {"mission": "TESS"}, 4),
    ("TIC 254113311", {"mission": "TESS", "author": "QLP"}, 1),
    ("TIC 33910247", {"mission": "TESS", "author": "TESS-SPOC"}, 1),
]


def _below(root: str | None, product: Product) -> str | None:
    return None if root is None else f"{root}/{product.path}"


def _download(folder: Path, archive: Path, name: str, options: dict[str, Any]) -> TargetOutcome:
    downloader = AsyncDownloader(folder, archive=str(archive), retries=0)
    (outcome,) = asyncio.run(downloader.download_batch([name], **options))
    return outcome


@pytest.fixture
def plain(real_files: Path, tmp_path: Path) -> Callable[[str, dict[str, str]], bytes]:
    def download(name: str, options: dict[str, Any]) -> bytes:
        # Each sort of light curves is a data set of its own.
        folder = tmp_path / "-".join(("plain", *options.values()))
        return Path(_download(folder, real_files, name, options).filepath).read_bytes()

    return download


@pytest.mark.slow
@pytest.mark.parametrize("tree", _TREES)
def test_trees(
    tree: str,
    real_files: Path,
    tmp_path: Path,
    plain: Callable[[str, dict[str, str]], bytes],
) -> None:
    """Every layout of the tree gives the same outputs, bit for bit."""
    root = tmp_path / tree
    for path in real_files.rglob("*.fits"):
        product = parse_file_name(path.name)
        place = None if product is None else _TREES[tree](product)
        if place is not None:
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).symlink_to(path)
    for number, (name, options, n_files) in enumerate(_STARS):
        if tree == "aws-sync" and options.get("author") == "K2SFF":
            continue
        outcome = _download(tmp_path / f"raw-{number}", root, name, options)
        assert (outcome.reason, outcome.quarters_used) == (Reason.COMPLETE, n_files), name
        assert Path(outcome.filepath).read_bytes() == plain(name, options)


@pytest.mark.parametrize("size", [0, 65_536, 100_800, -5760])
def test_a_truncated_file_in_a_cache(size: int, real_files: Path, tmp_path: Path) -> None:
    """A truncated file in lightkurve's cache is not trusted, and the other files are used.

    In the last case the file ends whole blocks too early, and lightkurve would read it without
    complaint.
    """
    root = tmp_path / "cache"
    for path in (real_files / "kepler" / "KIC8644288").glob("*.fits"):
        product = parse_file_name(path.name)
        assert product is not None
        place = root / _cached(product)
        place.parent.mkdir(parents=True, exist_ok=True)
        is_cut = product.sequence_number == 5
        place.write_bytes(path.read_bytes()[:size] if is_cut else path.read_bytes())
    outcome = _download(tmp_path / "raw", root, "KIC 8644288", {"mission": "Kepler"})
    assert outcome.reason is Reason.PARTIAL
    assert outcome.error.startswith("Q5 corrupt: ")
    assert outcome.quarters_used == 17
