"""A later data release changes a share of the files."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.fits.format import read_hdus
from preprocessing.fits.product_file import verify_product
from preprocessing.missions import Product
from preprocessing.simulator.__main__ import main
from preprocessing.simulator.synthesis.mission_file import LIGHT_CURVE_ROW
from preprocessing.simulator.synthesis.release import Release, parse_release
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings


def _files(holdings: SyntheticHoldings) -> dict[Product, bytes]:
    products = (p for kic in holdings.star_keys() for p in holdings.star(kic).products)
    return {product: holdings.body(product) for product in products}


@pytest.mark.slow
def test_a_share_of_the_files_changes() -> None:
    """Changed files state the release, keep their size and are intact, and others stay."""
    before = _files(SyntheticHoldings(20, n_quarters=2))
    after = _files(SyntheticHoldings(20, n_quarters=2, release=Release(26, 0.3)))
    changed = [product for product in before if before[product] != after[product]]
    assert 0.15 < len(changed) / len(before) < 0.45
    for product in changed:
        file = verify_product(after[product], product)
        assert file.primary.header.get("DATA_REL") == 26
        assert file.primary.header.get("PROCVER") == "synthetic 26"
        assert file.primary.header.get("SYNTHET") is True
        assert len(after[product]) == len(before[product])
        table = read_hdus(after[product])[1]
        start, end = table.data_start, table.data_start + table.data_size
        assert before[product][start:end] != after[product][start:end]


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 4)])
def test_none_or_all(share: float, count: int) -> None:
    """A share of 0 changes no file, and 1 changes all."""
    before = _files(SyntheticHoldings(2, n_quarters=2))
    after = _files(SyntheticHoldings(2, n_quarters=2, release=Release(27, share)))
    assert sum(before[product] != after[product] for product in before) == count


def test_the_change_is_small() -> None:
    """A later processing finds nearly the same light."""
    release = SyntheticHoldings(1, n_quarters=1, release=Release(26, 1.0))
    holdings = SyntheticHoldings(1, n_quarters=1)
    (product,) = holdings.star(holdings.star_keys()[0]).products
    fluxes = []
    for source in (holdings, release):
        body = source.body(product)
        table = read_hdus(body)[1]
        rows = np.frombuffer(body, LIGHT_CURVE_ROW, table.data_size // 100, table.data_start)
        flux = rows["PDCSAP_FLUX"]
        fluxes.append(flux[np.isfinite(flux)])
    assert 0 < np.max(np.abs(fluxes[1] / fluxes[0] - 1)) < 2e-4


@pytest.mark.parametrize("text", ["", "26", "25=0.5", "26=2", "x=0.1", "26=nan", "100=0.5"])
def test_texts_that_are_no_release(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A malformed release is refused in one line."""
    with pytest.raises(ValueError):
        parse_release(text)
    assert main(["--release", text]) == 2
    assert "--release" in capsys.readouterr().err
