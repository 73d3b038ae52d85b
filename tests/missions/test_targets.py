"""Every spelling of a star is one target with a safe file name, whatever list it stands in."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions.targets import (
    TargetList,
    number_of_key,
    parse_target,
    split_names,
    star_key,
)

_KICS = st.integers(1, 999_999_999)


@given(
    kic=_KICS,
    prefix=st.sampled_from(["", "KIC ", "kic", "Kic_", "KIC  _", "kplr", "KPLR "]),
    zeros=st.integers(0, 12),
    blanks=st.sampled_from(["", " ", "\t"]),
)
def test_numbers_are_one_target(kic: int, prefix: str, zeros: int, blanks: str) -> None:
    """Every spelling of a KIC number is the same target."""
    target = parse_target(f"{blanks}{prefix}{'0' * zeros}{kic}{blanks}")
    assert (target.number, target.key, target.problem) == (kic, f"kic{kic}", None)


_PREFIXES = {
    "KIC": ("KIC ", "kic", "Kic_", "kplr", "KPLR "),
    "EPIC": ("EPIC ", "epic", "Epic__", "ktwo", "KTWO_"),
    "TIC": ("TIC ", "tic", "Tic _", "tess", "TESS "),
}
_LARGEST = {"KIC": 10**9 - 1, "EPIC": 10**9 - 1, "TIC": 10**16 - 1}
_CATALOGS = st.sampled_from(list(_PREFIXES))


@pytest.mark.slow
@given(catalog=_CATALOGS, mine=_CATALOGS, data=st.data())
def test_numbers_of_every_catalog_are_one_target(
    catalog: str, mine: str, data: st.DataObject
) -> None:
    """A number with any spelling of its prefix is one target, and so is a bare one."""
    number = data.draw(st.integers(1, _LARGEST[catalog]))
    prefix = data.draw(st.sampled_from(_PREFIXES[catalog]))
    zeros = "0" * data.draw(st.integers(0, 12))
    target = parse_target(f"{prefix}{zeros}{number}", mine)
    assert (target.number, target.catalog, target.problem) == (number, catalog, None)
    assert target.key == f"{catalog.lower()}{number}"
    assert target.number_in(catalog) == number
    assert all(target.number_in(other) is None for other in _PREFIXES if other != catalog)
    bare = parse_target(f"{zeros}{number}", catalog)
    assert (bare.name, bare.key, bare.identity) == (
        f"{catalog} {number}",
        target.key,
        target.identity,
    )


@pytest.mark.slow
@given(one=_CATALOGS, other=_CATALOGS, numbers=st.tuples(_KICS, _KICS))
def test_stars_of_all_catalogs_have_keys_of_their_own(
    one: str, other: str, numbers: tuple[int, int]
) -> None:
    """Stars of different catalogs have different keys, which name the catalog."""
    first, second = star_key(one, numbers[0]), star_key(other, numbers[1])
    assert (first == second) is ((one, numbers[0]) == (other, numbers[1]))
    assert number_of_key(first, one) == numbers[0]
    assert [number_of_key(first, name) for name in _PREFIXES if name != one] == [None, None]
    for catalog, largest in _LARGEST.items():
        assert number_of_key(star_key(catalog, largest), catalog) == largest


@pytest.mark.parametrize(
    ("text", "catalog"),
    [
        ("TIC 12345678901234567", "KIC"),
        ("EPIC 1234567890", "TIC"),
        ("1234567890", "EPIC"),
        ("TIC 0", "TIC"),
        ("0", "TIC"),
        ("ktwo000", "KIC"),
    ],
)
def test_numbers_that_no_catalog_has(text: str, catalog: str) -> None:
    """A number that is zero or too long for its catalog is refused."""
    target = parse_target(text, catalog)
    assert target.number is None
    assert "is not a number in the catalog" in (target.problem or "")


def test_a_number_of_ten_digits_is_of_tess_alone() -> None:
    """A bare number is of the mission's catalog, and only TESS has ten digits."""
    assert parse_target("1234567890", "TIC").number == 1_234_567_890
    assert parse_target("1234567890", "KIC").problem is not None


@pytest.mark.slow
@given(
    word=st.text("abcdefgxyz", min_size=1, max_size=8),
    number=st.integers(0, 99999),
    suffix=st.sampled_from(["", "b", "-c", "A B"]),
    data=st.data(),
)
def test_names_are_one_target(word: str, number: int, suffix: str, data: st.DataObject) -> None:
    """Case, blanks, underscores and zero padding do not distinguish names."""
    gaps = st.sampled_from(["", " ", "_", "  "])
    zeros = "0" * data.draw(st.integers(0, 4))
    gap, dash = data.draw(gaps), data.draw(gaps)
    spelling = f"{word.upper()}{gap}-{dash}{zeros}{number}{gap}{suffix.lower()}"
    assert parse_target(spelling).key == parse_target(f"{word}-{number}{suffix}").key


@given(number=_KICS, other=_KICS)
def test_different_numbers_are_two_targets(number: int, other: int) -> None:
    """Names that differ in their number are equal only if the numbers are."""
    same = parse_target(f"Kepler-{number}").key == parse_target(f"Kepler-{other}").key
    assert same is (number == other)


@pytest.mark.parametrize(
    ("one", "other"), [("KOI-961.01", "KOI-961.1"), ("TYC 1 05", "TYC 10 5"), ("A 1 05", "A 105")]
)
def test_what_does_tell_names_apart(one: str, other: str) -> None:
    """Zeros behind a decimal point and blanks between digits count."""
    assert parse_target(one).key != parse_target(other).key


@given(st.text())
def test_file_stem_is_one_safe_name(text: str) -> None:
    """A good target has a safe file name everywhere, and a bad one says why not."""
    target = parse_target(text)
    if target.problem is not None:
        assert target.problem
        assert target.name.isprintable()
        return
    name = f"{target.file_stem}_short.fits"
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert len(name.encode()) < 200
    assert name.isprintable()
    assert not any(c.isspace() for c in name)
    assert name[0] not in ".-"
    assert any(c.isalnum() for c in target.name)


@given(st.text(), st.text())
def test_equal_files_mean_equal_targets(one: str, other: str) -> None:
    """Two good targets with the same file name have the same key."""
    a, b = parse_target(one), parse_target(other)
    if a.problem is None and b.problem is None and a.key != b.key:
        assert a.file_stem.casefold() != b.file_stem.casefold()


@given(st.text())
def test_parsing_twice_changes_nothing(text: str) -> None:
    """A target's own name is the same target."""
    target = parse_target(text)
    if target.problem is None:
        assert parse_target(target.name) == target


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("_", "neither a letter nor a digit"),
        ("a/b", "'/'"),
        ("../etc/passwd", "'/'"),
        ("a\\b", "cannot be part"),
        ("a\0b", "cannot be part"),
        ("a\ud800", "cannot be part"),
        ("..", "start with"),
        ("-rf", "start with"),
        ("nul", "reserved"),
        ("COM1.x", "reserved"),
        ("KIC 0", "not a number"),
        ("1234567890", "not a number"),
        ("x" * 101, "longer than"),
        ("\u661f" * 34, "longer than"),
    ],
)
def test_impossible_targets(text: str, problem: str) -> None:
    """A text that cannot be a target becomes one that says why."""
    target = parse_target(text)
    assert target.problem is not None
    assert problem in target.problem
    target.name.encode()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KIC-757076", "KIC 757076"),
        ("KIC:757076", "KIC 757076"),
        ("KIC#757076", "KIC 757076"),
        ("kic = 757076", "KIC 757076"),
        ("KIC ID 757076", "KIC 757076"),
        ("TIC No. 25155310", "TIC 25155310"),
        ("757076.0", "KIC 757076"),
        ("757076.", "KIC 757076"),
        ("7.57076e5", "KIC 757076"),
        ("7.570760000000000000e+05", "KIC 757076"),
        ("0.757076E+6", "KIC 757076"),
        ("7.57076E+005", "KIC 757076"),
        ("TIC 1.234567890e9", "TIC 1234567890"),
        ("1.50000000E+08", "KIC 150000000"),
        ("kic_757076", "kic_757076"),
        ("kplr000757076", "kplr000757076"),
    ],
)
def test_numbers_in_other_spellings(text: str, name: str) -> None:
    """Any mark between prefix and number, and whole floats, are the number."""
    target = parse_target(text)
    assert (target.name, target.problem) == (name, None)
    assert target.number == int("".join(filter(str.isdigit, name)))
    assert parse_target(target.name) == target


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1.62494E+08", "only 6 of the number's 9 digits"),
        ("TIC 1.62494E+08", "only 6 of the number's 9 digits"),
        ("1.5e8", "only 2 of the number's 9 digits"),
        ("1E+07", "only 1 of the number's 8 digits"),
        ("297.1", "not a whole number"),
        ("8.6442885e6", "not a whole number"),
        ("1e-3", "not a whole number"),
        ("1e999", "not a whole number"),
        ("297.1 44.7", "neither a name nor a whole number"),
        ("2017-01-01", "neither a name nor a whole number"),
        ("KIC", "names a catalog, but no star"),
        ("tic:", "names a catalog, but no star"),
        ("5853498713190525696", "it may be one of Gaia's"),
    ],
)
def test_numbers_that_are_no_stars(text: str, problem: str) -> None:
    """Lost digits, fractions, dates and a prefix alone are refused with the reason."""
    target = parse_target(text)
    assert target.number is None
    assert problem in (target.problem or "")


def test_a_candidate_is_a_name() -> None:
    """A number with a prefix and a candidate's suffix is a name for the resolver."""
    target = parse_target("TIC 25155310.01", "TIC")
    assert (target.name, target.number, target.problem) == ("TIC 25155310.01", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "a\uff0fb",
        "\uff0e\uff0e\uff3cwindows",
        "\u2025",
        "\u2024\u2024a",
        "\ufe52a",
        "a\u202efits.exe",
        "a\u2066b",
        "a\u200bb",
        "a\ufe0fb",
        "a\u034fb",
        "a\u3164b",
        "\x1b[2J",
        "COM\u00b9",
        "\uff2e\uff35\uff2c",
        "=1+1",
        "+1",
        "@SUM(A1)",
        "-2+3",
        "\uff1d1+1",
        "'=1+1",
        "\t=1",
    ],
    ids=ascii,
)
def test_disguised_names(text: str) -> None:
    """Slashes, dots, devices, formulas and directions are found in whatever shape they come."""
    assert parse_target(text).problem is not None


_TRICKY = st.text(
    st.sampled_from(
        "aAiI\u0131\u0130\u017fsS\u00dfkK\u212a\uff41\u00e9e\u0301\u0307\u0345\u03b1\u03b9\u1fb3"
        "1\u00b9 _-.\u2024\uff0f\ufe0f\u034f\u0323"
    ),
    min_size=1,
    max_size=6,
)


@given(_TRICKY, _TRICKY)
def test_file_systems_that_fold_case_tell_all_targets_apart(one: str, other: str) -> None:
    """Names that such a system takes for one are one target, in any script."""
    a, b = parse_target(one), parse_target(other)
    if a.problem is None and b.problem is None and a.key != b.key:
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            stems = (unicodedata.normalize(form, t.file_stem) for t in (a, b))
            assert len({unicodedata.normalize(form, stem.casefold()) for stem in stems}) == 2
            uppers = (unicodedata.normalize(form, t.file_stem).upper() for t in (a, b))
            assert len(set(uppers)) == 2 or "\u0131" in one + other


@given(_TRICKY)
def test_no_normal_form_has_a_path_in_it(text: str) -> None:
    """No Unicode normal form of a good name contains a path."""
    target = parse_target(text)
    if target.problem is None:
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            name = unicodedata.normalize(form, f"{target.file_stem}.fits")
            assert PurePosixPath(name).name == PureWindowsPath(name).name == name
            assert name[0] != "."


def test_cut_name_hides_no_other() -> None:
    """A name too long to be a target does not stand for the one that it begins with."""
    assert len(TargetList.of(["x" * 101, "x" * 100]).targets) == 2


def test_bare_numbers_of_a_table_are_of_its_column() -> None:
    """A bare number belongs to its column's catalog, or to the run's mission."""
    names = ["TIC 757076", "757076", "tess0000000000757076", "KIC 757076"]
    targets = TargetList.of(names, "TIC")
    assert [target.name for target in targets.targets] == ["TIC 757076", "KIC 757076"]
    assert targets.repeated == 2


def test_repeated_spellings_are_dropped() -> None:
    """The first spelling names the target, and the others are counted."""
    names = ["KIC 757076", "757076", "kplr000757076", "Kepler-10", "KEPLER_-010"]
    targets = TargetList.of(names)
    assert [target.name for target in targets.targets] == ["KIC 757076", "Kepler-10"]
    assert targets.repeated == 3


def test_ten_thousand_repeats() -> None:
    """A list of one name ten thousand times is one target."""
    targets = TargetList.of(["757076"] * 10_000)
    assert (len(targets.targets), targets.repeated) == (1, 9_999)


def test_digest_is_of_keys_in_order() -> None:
    """The digest sees another star or order, but no other spelling."""
    digest = TargetList.of(["KIC 1", "Kepler-10"]).digest
    assert TargetList.of(["1", "kepler-010", "1"]).digest == digest
    assert TargetList.of(["Kepler-10", "KIC 1"]).digest != digest
    assert TargetList.of(["KIC 1"]).digest != digest
    assert TargetList.of(["KIC 1", "Kepler-10", "KIC 2"]).first(2).digest == digest


def test_split_names() -> None:
    """Commas separate the names on the command line."""
    assert split_names(" Kepler-10,KIC 757076 ,, ") == ["Kepler-10", "KIC 757076"]
