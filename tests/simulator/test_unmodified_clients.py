"""Unmodified lightkurve and astroquery work with the embedded archive."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.row_counts import row_count
from preprocessing.missions.star_keys import key_of_product
from preprocessing.simulator.holdings import HeldStar, Holdings
from preprocessing.simulator.mirror import NAMES_FILE, MirrorHoldings
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

pytestmark = pytest.mark.slow

# Both clients fix the archive's address when they are imported, hence a process of its
# own; one for all checks, since importing them costs seconds.
_SCRIPT = """
import hashlib, json, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import lightkurve as lk
from astroquery.mast import Observations

found = {}
long = lk.search_lightcurve("KIC 8644288", mission="Kepler", cadence="long", author="Kepler")
found["long_names"] = [str(name) for name in long.table["productFilename"]]
found["long_missions"] = [str(name) for name in long.mission]
stitched = long[:3].download_all().stitch()
found["stitched_rows"] = len(stitched)
found["stitched_label"] = stitched.meta["LABEL"]
named = lk.search_lightcurve("Kepler-90", mission="Kepler", cadence="long", author="Kepler")
found["named_targets"] = sorted({str(name) for name in named.table["target_name"]})
found["named_distances"] = [float(d) for d in named.distance.value]
around = lk.search_lightcurve("KIC 8644288", radius=15, mission="Kepler", author="Kepler")
found["around_rows"] = len(around)
short = lk.search_lightcurve("KIC 6462863", mission="Kepler", cadence="short", author="Kepler")
found["short_names"] = sorted(str(name) for name in short.table["productFilename"])
month = lk.search_lightcurve(
    "KIC 6462863", cadence="short", author="Kepler", quarter=17, month=1
)
found["month_names"] = [str(name) for name in month.table["productFilename"]]

targets = ["kplr011442793", "kplr006462863", "kplr009002278", "kplr000000001"]
observations = Observations.query_criteria(target_name=targets, project="Kepler")
found["observations"] = sorted(
    [str(r["target_name"]), str(r["obs_id"]), float(r["s_ra"]), float(r["t_exptime"])]
    for r in observations
)
paged = Observations.query_criteria(target_name="kplr*", obs_collection="Kepler", pagesize=2)
found["paged"] = len(paged)
found["count"] = int(Observations.query_criteria_count(target_name="kplr*"))
found["cone"] = len(Observations.query_object("Kepler-90", radius="2 arcsec"))
products = Observations.get_product_list(observations)
found["products"] = {str(r["productFilename"]): int(r["size"]) for r in products}
one = products[products["productFilename"] == "kplr009002278-2012179063303_llc.fits"]
manifest = Observations.download_products(one, download_dir=sys.argv[1])
body = Path(str(manifest["Local Path"][0])).read_bytes()
found["sha256"] = hashlib.sha256(body).hexdigest()
found["statuses"] = [str(status) for status in manifest["Status"]]
found["metadata"] = len(Observations.get_metadata("observations"))


def search(name, **wanted):
    result = lk.search_lightcurve(name, **wanted)
    table = result.table
    return result, {
        str(row["productFilename"]): [
            str(row["mission"]), str(row["author"]), float(row["exptime"]), str(row["target_name"])
        ]
        for row in table
    }


read, found["missions"] = {}, {}
for name, wanted in (
    ("EPIC 206103150", dict(mission="K2", author="K2", campaign=3)),
    ("EPIC 221312395", dict(author="K2SFF")),
    ("TIC 162494287", dict(mission="TESS", author="SPOC", exptime=120)),
    ("TIC 254113311", dict(author="QLP", sector=13)),
    ("TIC 33910247", dict(author="TESS-SPOC")),
):
    result, found["missions"][name] = search(name, **wanted)
    for one in range(min(len(result), 2)):
        file = str(result.table["productFilename"][one])
        read[file] = len(result[one].download())
found["read"] = read
sector = lk.search_lightcurve("TIC 162494287", mission="TESS", sector=[50, 52])
found["two_sectors"] = sorted(int(n) for n in sector.table["sequence_number"])
found["any_author"] = len(lk.search_lightcurve("EPIC 211117077"))
observations = Observations.query_criteria(target_name="162494287", provenance_name="SPOC")
products = Observations.get_product_list(observations)
found["tess_products"] = {
    str(r["productFilename"]): str(r["productSubGroupDescription"]) for r in products
}

found["synthetic"] = {}
for name, key, wanted in json.loads(sys.argv[2]):
    result, files = search(name, **wanted)
    found["synthetic"][key] = files
    for one in range(len(result)):
        curve = result[one].download()
        file = str(result.table["productFilename"][one])
        files[file] += [len(curve), type(curve).__name__, str(curve.meta["TARGETID"])]
print("FOUND " + json.dumps(found))
"""


@pytest.fixture(scope="module")
def mirror(real_files: Path, tmp_path_factory: pytest.TempPathFactory) -> MirrorHoldings:
    """Real files, with a name for one of the stars."""
    root = tmp_path_factory.mktemp("mirror")
    for folder in ("kepler", "k2", "tess", "hlsp"):
        (root / folder).symlink_to(real_files / folder, target_is_directory=True)
    (root / NAMES_FILE).write_text("name,kic\nKepler-90,11442793\n")
    return MirrorHoldings(root)


class _Both:
    """Real files and synthetic ones behind one address, since importing the clients is slow."""

    is_synthetic = True

    def __init__(self, real: MirrorHoldings, synthetic: SyntheticHoldings) -> None:
        self._of_key: dict[int, Holdings] = dict.fromkeys(real.star_keys(), real)
        self._of_key.update(dict.fromkeys(synthetic.star_keys(), synthetic))

    def star_keys(self) -> Sequence[int]:
        return sorted(self._of_key)

    def star(self, key: int) -> HeldStar:
        return self._of_key[key].star(key)

    def products(self, key: int) -> Sequence[Product]:
        return self._of_key[key].products(key)

    def size(self, product: Product) -> int:
        return self._of_key[key_of_product(product)].size(product)

    def body(self, product: Product) -> bytes:
        return self._of_key[key_of_product(product)].body(product)


_SYNTHETIC = SyntheticHoldings(0, k2_stars=12, tess_stars=13)


@pytest.fixture(scope="module")
def archive(mirror: MirrorHoldings) -> Iterator[ArchiveThread]:
    """The mirror and synthetic stars, served."""
    with ArchiveThread(_Both(mirror, _SYNTHETIC)) as running:
        yield running


def _search(example: str, **wanted: Any) -> tuple[str, str, dict[str, Any]]:
    star = _SYNTHETIC.star(_SYNTHETIC.examples()[example])
    return f"{star.mission.catalog} {star.number}", example, wanted


#: What is searched for, by number but for the last, what it is called here, and how.
_SEARCHES = (
    _search("k2_split_campaign"),
    _search("k2_short_cadence", exptime="short"),
    _search("k2_and_k2sff", author="K2SFF"),
    _search("everest_only"),
    _search("tess_planet", author="SPOC", sector=[12, 38]),
    _search("tess_fast", exptime="fast"),
    _search("tess_exposures", author="TESS-SPOC"),
    _search("qlp_only"),
    _search("tess_other_authors", sector=12),
    ("Synthetic-TESS-4", "tess_three_authors", {"author": ["SPOC", "QLP"]}),
)


@pytest.fixture(scope="module")
def found(archive: ArchiveThread, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What both clients say that they found."""
    home = tmp_path_factory.mktemp("home")
    (home / "config" / "astropy").mkdir(parents=True)
    configuration = f"[mast]\nserver = {archive.base_url}\n"
    (home / "config" / "astropy" / "astroquery.cfg").write_text(configuration)
    (home / "cache").mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "http_proxy": archive.base_url,
    }
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(home), json.dumps(_SEARCHES)],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    line = next(line for line in ended.stdout.splitlines() if line.startswith("FOUND "))
    return dict(json.loads(line.removeprefix("FOUND ")))


@pytest.fixture(scope="module")
def manifest(real_files: Path) -> dict[str, dict[str, str]]:
    """What is recorded of each real file, by its name."""
    with (real_files / "MANIFEST.csv").open(newline="") as file:
        return {row["path"].rpartition("/")[2]: row for row in csv.DictReader(file)}


def test_lightkurve_finds_every_quarter(found: dict[str, Any]) -> None:
    """A search by KIC number lists the 18 files of the star, a quarter each."""
    assert len(set(found["long_names"])) == 18
    # Within a year the order of rows is lightkurve's own affair, and differs by release.
    quarters = [f"Kepler Quarter {quarter:02d}" for quarter in range(18)]
    assert sorted(found["long_missions"]) == quarters


def test_lightkurve_downloads_and_stitches(
    found: dict[str, Any], manifest: dict[str, dict[str, str]]
) -> None:
    """A curve stitched of three quarters has the rows that lightkurve keeps of each file."""
    names = found["long_names"][:3]
    rows = (int(manifest[name]["lightkurve_rows_default_mask"]) for name in names)
    assert found["stitched_rows"] == sum(rows)
    assert found["stitched_label"] == "KIC 8644288"


def test_lightkurve_resolves_a_name(found: dict[str, Any]) -> None:
    """A name goes through the resolver and a position search to the right star."""
    assert found["named_targets"] == ["kplr011442793"]
    assert found["named_distances"] == pytest.approx([0.0, 0.0, 0.0], abs=1e-4)


def test_lightkurve_searches_around_a_star(found: dict[str, Any]) -> None:
    """A search with a radius asks for a position, and finds the star in its middle."""
    assert found["around_rows"] == 18


def test_lightkurve_finds_short_cadence(found: dict[str, Any]) -> None:
    """Lightkurve tells short cadence from long, and its months from each other."""
    stamps = ["2013017113907", "2013121191144", "2013131215648"]
    assert found["short_names"] == [f"kplr006462863-{stamp}_slc.fits" for stamp in stamps]
    assert found["month_names"] == ["kplr006462863-2013121191144_slc.fits"]


def test_astroquery_gets_the_held_observations(
    found: dict[str, Any], mirror: MirrorHoldings
) -> None:
    """A query for several names gives a row for each cadence of each star that is held."""
    expected = []
    for kic, exposures in ((6462863, (1800.0, 60.0)), (9002278, (1800.0,)), (11442793, (1800.0,))):
        for exposure_s in exposures:
            cadence = "long" if exposure_s > 1000 else "short"
            digits = [0] * 18
            for product in mirror.star(kic).products:
                digits[product.sequence_number] += product.cadence == cadence
            mark = "lc" if cadence == "long" else "sc"
            obs_id = f"kplr{kic:09d}_{mark}_Q{''.join(map(str, digits))}"
            expected.append([f"kplr{kic:09d}", obs_id, mirror.star(kic).ra_deg, exposure_s])
    assert found["observations"] == sorted(expected)


def test_astroquery_turns_pages(found: dict[str, Any], mirror: MirrorHoldings) -> None:
    """All rows arrive, two a page, and as many as the archive counts."""
    stars = [mirror.star(key) for key in mirror.star_keys()]
    cadences = {(s.number, p.cadence) for s in stars for p in s.products if p.mission == "Kepler"}
    assert found["paged"] == found["count"] == len(cadences)


def test_astroquery_searches_by_position(found: dict[str, Any]) -> None:
    """A cone search around a resolved name finds the one star that stands there."""
    assert found["cone"] == 1


def test_astroquery_lists_and_downloads(
    found: dict[str, Any], manifest: dict[str, dict[str, str]], mirror: MirrorHoldings
) -> None:
    """Listed sizes, and the bytes of a downloaded file, are those of the originals."""
    held = [p.file_name for k in (6462863, 9002278, 11442793) for p in mirror.star(k).products]
    assert found["products"] == {name: int(manifest[name]["bytes"]) for name in held}
    assert found["sha256"] == manifest["kplr009002278-2012179063303_llc.fits"]["sha256"]
    assert found["statuses"] == ["COMPLETE"]


def test_astroquery_describes_the_columns(found: dict[str, Any]) -> None:
    """The columns configuration can be shown as a table."""
    assert found["metadata"] >= 34


@pytest.mark.usefixtures("found")
def test_every_request_was_understood(archive: ArchiveThread) -> None:
    """Nothing that the clients sent met with an error or an unknown address."""
    assert set(archive.log.statuses) == {200}
    assert archive.log.requests["other"] == 0
    # Two searches for Kepler-90, one for a synthetic star, and lightkurve's with a radius.
    assert archive.log.requests["resolver"] == 4
    assert archive.log.files["kplr009002278-2012179063303_llc.fits"] == 1


def test_lightkurve_finds_every_mission(found: dict[str, Any]) -> None:
    """Lightkurve finds stars by number, sequence, exposure time and author."""
    missions = found["missions"]
    assert missions["EPIC 206103150"] == {
        "ktwo206103150-c03_llc.fits": ["K2 Campaign 03", "K2", 1800.0, "ktwo206103150"]
    }
    halves = sorted(mission for mission, *_ in missions["EPIC 221312395"].values())
    assert halves == ["K2 Campaign 09a", "K2 Campaign 09b"]
    assert sorted(missions["TIC 162494287"].values()) == [
        [f"TESS Sector {sector}", "SPOC", 120.0, "162494287"] for sector in (23, 50, 51, 52)
    ]
    (qlp,) = missions["TIC 254113311"].values()
    assert qlp == ["TESS Sector 13", "QLP", 1800.0, "254113311"]
    (spoc,) = missions["TIC 33910247"].values()
    assert spoc == ["TESS Sector 01", "TESS-SPOC", 1800.0, "33910247"]
    assert found["two_sectors"] == [50, 52]
    # Its own and K2SC's, which lightkurve lists though it cannot read it.
    assert found["any_author"] == 2


def test_lightkurve_reads_every_mission(
    found: dict[str, Any], manifest: dict[str, dict[str, str]]
) -> None:
    """What it downloads has the rows that it keeps of each original file."""
    assert len(found["read"]) == 7
    for name, rows in found["read"].items():
        assert rows == int(manifest[name]["lightkurve_rows_default_mask"])


def test_astroquery_lists_products_of_tess(found: dict[str, Any]) -> None:
    """Each sector's file is a light curve by what MAST calls it."""
    assert len(found["tess_products"]) == 4
    assert set(found["tess_products"].values()) == {"LC"}


@pytest.mark.parametrize(
    ("example", "mission", "files"),
    [
        ("k2_split_campaign", "K2", ["K2 Campaign 09a 1800", "K2 Campaign 09b 1800"]),
        ("k2_short_cadence", "K2", ["K2 Campaign 13 60"]),
        ("k2_and_k2sff", "K2", ["K2 Campaign 03 1800"]),
        ("everest_only", "K2", ["K2 Campaign 05 1800", "K2 Campaign 10b 1800"]),
        ("tess_planet", "TESS", ["TESS Sector 12 120", "TESS Sector 38 120"]),
        ("tess_fast", "TESS", ["TESS Sector 27 20"]),
        (
            *("tess_exposures", "TESS"),
            ["TESS Sector 12 1800", "TESS Sector 38 600", "TESS Sector 56 200"],
        ),
        ("qlp_only", "TESS", ["TESS Sector 13 1800", "TESS Sector 56 200"]),
        # One of TGLC, eleanor and PATHOS each and two of TASOC for a sector.
        ("tess_other_authors", "TESS", ["TESS Sector 12 1800"] * 5),
        ("tess_three_authors", "TESS", ["TESS Sector 23 120", "TESS Sector 23 1800"]),
    ],
)
def test_lightkurve_reads_synthetic_stars(
    found: dict[str, Any], example: str, mission: str, files: list[str]
) -> None:
    """Stars that were never observed are found by number or name, and read, as others are."""
    rows = found["synthetic"][example]
    assert sorted(f"{row[0]} {row[2]:.0f}" for row in rows.values()) == files
    for name, (*_, n_rows, kind, number) in rows.items():
        star = _SYNTHETIC.star(_SYNTHETIC.examples()[example])
        (product,) = (product for product in star.products if product.file_name == name)
        assert 0.75 * row_count(product) < n_rows <= 1.1 * row_count(product)
        assert kind == f"{MISSIONS[mission].telescope.capitalize()}LightCurve"
        assert int(number) == star.number
