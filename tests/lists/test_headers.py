"""Headers are known under titles, marks and units, and never hide a star."""

from __future__ import annotations

import pytest

from tests.support.lists import Lists

_KICS = ["KIC 8644288", "KIC 6462863"]
_TICS = ["TIC 162494287", "TIC 66818296"]
_SEARCH = """\
SearchResult containing 2 data products.

 #       mission      year author exptime  target_name  distance
                                     s                   arcsec
--- ----------------- ---- ------ ------- ------------- --------
  0 Kepler Quarter 00 2009 Kepler    1800 kplr008644288      0.0
  1 Kepler Quarter 01 2009 Kepler    1800 kplr006462863      0.0
"""
_SIMBAD = """\
C.D.S.  -  SIMBAD4 rel 1.8

Number of objects : 2

#|   identifier   |typ|   coord1 (ICRS,J2000/2000)   |Mag V
-|----------------|---|------------------------------|------
1|KIC 8644288     |*  |19 48 24.0 +44 42 00.0        |  9.9
2|KIC 6462863     |*  |19 20 00.0 +41 54 00.0        |  8.0
"""


@pytest.mark.parametrize(
    "content",
    [
        _SEARCH,
        _SIMBAD,
        "     kepid   note\n0  8644288  a b c\n1  6462863      d\n",
        "List of stars\ntarget teff year\n8644288 5366 2021\n6462863 5000 2011\n",
        "Table 3: sample\nhost_kic\n8644288\n6462863\n",
        "#date\tkic\tnote\t\n1.5\t8644288\ta b\t0\n2.5\t6462863\t\t1\n",
        "kepid,1,2,3\n8644288,1,0,1\n6462863,0,0,1\n",
        "kepid,3.0,6.0\n8644288,30.1,20.4\n6462863,50.1,40.1\n",
        "ra,KIC10\n1.5,8644288\n1.7,6462863\n",
        "kepid,ra\n[],[deg]\n8644288,1\n6462863,2\n",
        "kepid,ra\n(none),(deg)\n8644288,1\n6462863,2\n",
        "# A tibble: 2 x 2\n     kepid  teff\n     <dbl> <dbl>\n1 8644288  5000\n2 6462863  6000\n",
        "kepid\n8644288    10.0\n6462863    11.0\nName: tmag, dtype: float64\n",
        "Star,,Phot,\nKIC ID,Name,mag,e\n8644288,a,9.9,1\n6462863,b,8.0,2\n",
        " kepid | mag\n-------+-----\n 8644288 | 10\n 6462863 | 11\n(2 rows)\n",
        "| kepid | ra |\n 8644288 297.1\n 6462863 290.0\n",
        "kepid\n8644288\n-----\n6462863\n",
        "kepid,x\n8644288,1\n<NA>,2\n6462863,3\n",
        "kepid,ra\n8644288,1\nKIC,ra\n6462863,3\n",
        "8644288\nKIC 6462863\nkic 8644288\n",
    ],
)
def test_headers_of_every_kind(lists: Lists, content: str) -> None:
    """Numbers, versions, units and programs' titles around a header hide no star."""
    numbers = [target.number for target in lists.read(content).targets.targets]
    assert numbers == [8644288, 6462863]


def test_columns_with_further_words(lists: Lists) -> None:
    """Words around the catalog's name are known, and others make another column of it."""
    for column in ("host_tic", "TIC_v8.2", "TICs", "Input TIC", "TESS Input Catalog ID"):
        assert lists.names(f"ra,{column}\n1.5,162494287\n2.5,66818296\n", "TESS") == _TICS
    assert "tic_teff" in lists.refusal("ra,tic_teff\n1.5,5777\n2.5,6000\n", "TESS")
    assert lists.names("companion_tic,tic_id\n5000,162494287\n6000,66818296\n", "TESS") == _TICS


def test_numbers_of_something_else(lists: Lists) -> None:
    """An archive's own number beside the star's is no star, and neither is a code or a count."""
    content = "ID,version,objID\n162494287,20190415,217283372\n66818296,20190415,317283372\n"
    assert lists.names(content, "TESS") == _TICS
    assert "(star, ra)" in lists.refusal("star,ra\n3,1.5\n17,2.5\n29,3.5\n")
    assert lists.names("target,kepid\n1,8644288\n0,6462863\n") == _KICS


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("KIC (8644288)\nKIC[6462863]\n", _KICS),
        ("KIC 8644288;\nKIC 6462863;\n", _KICS),
        ("KIC 8,644,288\nKIC 6,462,863\n", _KICS),
        ("\u201cKIC 8644288\u201d\n\u201cKIC 6462863\u201d\n", _KICS),
        ("8644288\n6462863\nkic\n", [*_KICS, "kic"]),
        ("KIC 7\nTIC 5\n", ["KIC 7", "TIC 5"]),
    ],
)
def test_a_first_star_is_no_header(lists: Lists, content: str, names: list[str]) -> None:
    """A star whose name begins like a column is the first row, and rows above a word remain."""
    assert lists.names(content) == names
