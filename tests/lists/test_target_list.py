"""Lists of every kind that people bring are understood, or refused in one line."""

from __future__ import annotations

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.lists import target_list
from preprocessing.lists.target_list import ListedTargets, find_other_mission, read_target_list
from preprocessing.missions import MISSIONS
from preprocessing.missions.targets import TargetList
from tests.support.lists import Lists

_KICS = ["KIC 8644288", "KIC 6462863"]
_EPICS = ["EPIC 206103150", "EPIC 211436265"]
_TICS = ["TIC 162494287", "TIC 66818296"]
_ARCHIVE_CSV = b"""\
# This file was produced by the NASA Exoplanet Archive
# COLUMN kepid:   KepID, "as in the KIC", and more
#
"kepid","kepoi_name","kepler_name"
10797460,"K00752.01","Kepler-227 b"
10811496,"K00753.01, # candidate",
757076,,
"""


def _names(found: ListedTargets) -> list[str]:
    return [target.name for target in found.targets.targets]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"757076\nKepler-10\n", ["KIC 757076", "Kepler-10"]),
        (b"\xef\xbb\xbf757076\r\nKepler-10\r\n", ["KIC 757076", "Kepler-10"]),
        ("757076\r\nKepler-10\r\n".encode("utf-16"), ["KIC 757076", "Kepler-10"]),
        ("kepid\tra\r\n757076\t1\r\n".encode("utf-16"), ["KIC 757076"]),
        (b"757076\rKepler-10\r", ["KIC 757076", "Kepler-10"]),
        (b"# stars\n\n757076  # the first\n  #\nKepler-10", ["KIC 757076", "Kepler-10"]),
        (b"KIC-757076\nKIC:6462863\nKIC#9002278\n", ["KIC 757076", *_KICS[1:], "KIC 9002278"]),
        (b"kepid # KIC\n757076\n", ["KIC 757076"]),
        (b"\xef\xbb\xbfkepid,x\r\n757076,1\r\n", ["KIC 757076"]),
        (b"ra,TARGET_ID,dec\n1,757076,2\n1,Kepler-10,2\n", ["KIC 757076", "Kepler-10"]),
        (b"tic_id,x\n12345,1\n", ["TIC 12345"]),
        (b"TIC\n12345\n", ["TIC 12345"]),
        (b"ra,EPIC_ID\n1,206103150\n", ["EPIC 206103150"]),
        (b"epic,epic_name\n206103150,x\n", ["EPIC 206103150"]),
        (b"epic_id,x\nEPIC 206103150,1\nK2-3,2\n", ["EPIC 206103150", "K2-3"]),
        (b"x,tic_id\n1,12345.0\n", ["TIC 12345"]),
        (b"x,kepid\n1,757076.0\n2,10.  # ten\n", ["KIC 757076", "KIC 10"]),
        (_ARCHIVE_CSV, ["KIC 10797460", "KIC 10811496", "KIC 757076"]),
        (b"757076\nKIC 2\n\x07\n", ["KIC 757076", "KIC 2", "?"]),
        (b"name,ra\nKepler-10,3\n", ["Kepler-10"]),
        (b"Nom d'\xe9toile\nkepid;remarque\n757076;\xe9t\xe9\n", ["KIC 757076"]),
    ],
)
def test_lists(lists: Lists, content: bytes, names: list[str]) -> None:
    """Lists and tables are read with or without marks, line ends, comments and quotes."""
    assert lists.names(content) == names


@pytest.mark.parametrize(
    ("header", "mission", "names"),
    [
        *((name, "TESS", _TICS) for name in ("TIC ID", "TICID", "tid", "TIC", "tic_id", "ID")),
        *((name, "TESS", _TICS) for name in ('"TIC ID"', "TIC-ID", " Tic Id ", "tic_id_1")),
        *((name, "K2", _EPICS) for name in ("EPIC ID", "EPIC", "epic_number", "epic_hostname")),
        *((name, "Kepler", _KICS) for name in ("KIC", "KIC_ID", "kic", "kicnum", "KEPID")),
        *((name, "Kepler", _KICS) for name in ("Kepler ID", "KIC (int)", "target_name", "kepid_x")),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
def test_columns_as_services_name_them(
    lists: Lists, header: str, mission: str, names: list[str], delimiter: str
) -> None:
    """A column is known in any case, blank and quote, with any delimiter, and is named."""
    rows = [["ra", header, "dec"], *(["1.5", name.split()[1], "2"] for name in names)]
    found = lists.read("".join(f"{delimiter.join(row)}\n" for row in rows), mission)
    assert _names(found) == names
    assert f"column {header.strip(chr(34) + ' ')!r}" in next(found.describe())


@pytest.mark.parametrize(("mission", "names"), [("Kepler", _KICS), ("TESS", _TICS), ("K2", _KICS)])
def test_the_column_of_the_mission_wins(lists: Lists, mission: str, names: list[str]) -> None:
    """Of two columns of numbers, the one of the run's mission is taken."""
    content = "kepid,tic_id,tmag\n8644288,162494287,10\n6462863,66818296,11\n"
    assert lists.names(content, mission) == names


@pytest.mark.parametrize(
    ("mission", "names"),
    [("Kepler", ["K2-9001", "K2-9002"]), ("K2", _EPICS), ("TESS", _TICS)],
)
def test_values_may_carry_the_prefix(lists: Lists, mission: str, names: list[str]) -> None:
    """Numbers with their prefix are understood, and names are the last resort."""
    content = (
        "pl_name,hostname,epic_hostname,tic_id\n"
        '"K2-9001 b","K2-9001","EPIC 206103150","TIC 162494287"\n'
        '"K2-9002 b","K2-9002","EPIC 211436265","TIC 66818296"\n'
    )
    assert lists.names(content, mission) == names


_IPAC = r"""\fixlen = T
\RowsRetrieved= 2
| kepid   | kepoi_name|koi_period |
| int     | char      | double    |
|         |           | days      |
| null    | null      | null      |
  8644288   K00001.01   2.470613
  6462863   K00002.01   0.837491
"""
_VIZIER = """\
#
#   VizieR Astronomical Server vizier.cds.unistra.fr
#Column\tKIC\t(I8)\tKIC identifier
#Column\tTeff\t(I4)\t?
KIC\tTeff\tlog(g)
\x20\tK\t[cm/s2]
--------\t----\t-----
8644288\t5000\t4.4
6462863\t6000\t4.1
"""
_JOURNAL = """\
Title: Stars of our sample
Authors: A. Person
Table: Properties
================================================================================
Byte-by-byte Description of file: table1.txt
--------------------------------------------------------------------------------
   Bytes Format Units  Label     Explanations
--------------------------------------------------------------------------------
   1-  8 I8     ---    KIC       Kepler Input Catalog identifier
  10- 13 I4     K      Teff      Effective temperature
--------------------------------------------------------------------------------
Note (1): 2 stars.
--------------------------------------------------------------------------------
 8644288 5000
 6462863 6000
"""
_ECSV = """\
# %ECSV 1.0
# ---
# datatype:
# - {name: kepid, datatype: int64}
# - {name: note, datatype: string}
# schema: astropy-2.0
kepid note
8644288 "a star"
6462863 ""
"""


@pytest.mark.parametrize(
    "content",
    [
        "8644288 297.1 44.7 11.2\n6462863 290.0 41.9 10.0\n",
        "kepid;ra;dec\n8644288;297,1;44,7\n6462863;290,0;41,9\n",
        '"x"\n"1" 8644288\n"2" 6462863\n',
        '"kepid" "teff"\n"1" 8644288 5000\n"2" 6462863 6000\n',
        '"","kepid","teff"\n"1",8644288,5000\n"2",6462863,6000\n',
        '"kepid","teff"\n"a",8644288,5000\n"b",6462863,6000\n',
        "     kepid  teff\n0  8644288  5000\n1  6462863  6000\n",
        ",kepid\n0,8644288\n1,6462863\n",
        "kepid,ra,\n8644288,297.1,\n6462863,290.0,\n",
        "kepid,ra\n8644288,297.1,\n6462863,290.0,\n",
        "8644288,\n6462863,\n",
        "8644288, 6462863\n",
        "8644288 6462863",
        "8644288\t297.1\n6462863\t290.0\n",
        '"KIC 8644288"\n"KIC 6462863"\n',
        "'8644288'\n'6462863'\n",
        "Targets of my proposal, 2014\nkepid,ra\n8644288,297.1\n6462863,290.0\n",
        "KIC stars, by A. Person\n\nkepid,ra,dec\n8644288,297.1,1\n6462863,290.0,2\n",
        "KIC stars that I like\n8644288\n6462863\n",
        "#KIC,RA\n8644288,297.1\n6462863,290.0\n",
        "# kepid ra\n8644288 297.1\n6462863 290.0\n",
        "# KIC\n8644288\n6462863\n",
        "#,kepid\n0,8644288\n1,6462863\n",
        "# made by a program\n#KIC|RA\n# and more\n8644288|297.1\n6462863|290.0\n",
        "kepid,ra\nint,double\n8644288,297.1\n6462863,290.0\n",
        "| kepid | ra |\n|-------|----|\n| 8644288 | 297.1 |\n| 6462863 | 290.0 |\n",
        "+---------+\n| kepid   |\n+---------+\n| 8644288 |\n| 6462863 |\n+---------+\n",
        " kepid  \n---------\n 8644288\n 6462863\n",
        "===== =====\nkepid  ra\n===== =====\n8644288 297.1\n6462863 290.0\n===== =====\n",
        "kepid,ra\n8644288,297.1\nkepid,ra\n6462863,290.0\n",
        'kepid,ra\n="8644288",1\n="6462863",2\n',
        "kepid,ra\n'8644288,1\n'6462863,2\n",
        "kepid,ra\n8644288.0,1\nNaN,2\n6462863.0,2\n,\n",
        "8.644288000000000000e+06 1.0\n6.462863000000000000e+06 2.0\n",
        "8644288\nNA\nnan\n--\n6462863\n",
        "KIC8644288 297.1\nKIC6462863 290.0\n",
        "1 8644288 297.1\n2 6462863 290.0\n",
        "[8644288, 6462863]\n",
        '[\n  "KIC 8644288",\n  "KIC 6462863"\n]\n',
        "KIC 8644288   297.1\nKIC 6462863   290.0\n",
        "KIC\t8644288\nKIC\t6462863\n",
        "% made by a program\n! and another\n8644288\n6462863\n",
        "sep=;\nkepid;ra\n8644288;1\n6462863;2\n",
        'KIC ID,ra\n"8,644,288",1\n"6,462,863",2\n',
        "KIC ID;ra\n8644288,0;1\n6,462863E+06;2\n",
        " KIC ID     Tmag\n-------- --------\n 8644288      9.9\n 6462863      8.0\n",
        "KIC\u20138644288\nKIC\u22126462863\n",
        "\ufeff8644288\n\ufeff6462863\n",
        'name,kic\n"a, b",8644288\n"c\nd",6462863\n',
        _IPAC,
        _VIZIER,
        _VIZIER.replace("\t", ";"),
        _JOURNAL,
        _ECSV,
    ],
)
def test_tables_of_every_kind(lists: Lists, content: str) -> None:
    """The dialect of a table is recognized with and without a header, and with lines around it."""
    numbers = [target.number for target in lists.read(content).targets.targets]
    assert numbers == [8644288, 6462863]


def test_numbers_without_a_header_that_only_the_mission_tells_apart(lists: Lists) -> None:
    """Of two columns of whole numbers without names, the one in the catalog's range is taken."""
    content = "8644288 162494287 4\n6462863 66818296 1\n"
    assert lists.names(content) == _KICS
    assert "columns 1 and 2 all hold" in lists.refusal(content, "TESS")
    assert lists.names(content, "TESS", id_column="2") == _TICS


def test_empty_cells_between_blanks(lists: Lists) -> None:
    """Rules below a header tell empty cells; without them, a row that misleads is dropped."""
    head = " Mag     TIC ID  Sectors\n---- ---------- --------\n"
    rows = " 9.9  162494287        4\n       66818296        1\n 8.0                   12345\n"
    assert lists.names(head + rows, "TESS") == _TICS
    head = " KIC       Teff\n            K  \n--------- -----\n"
    assert lists.names(f"{head}  8644288  5000\n           6000\n  6462863\n") == _KICS
    found = lists.read("mag kepid n\n9.9 8644288 10000\n6462863 20000\n8.8 6462863 30000\n")
    assert _names(found) == _KICS
    assert "1 with fewer cells than others" in list(found.describe())[1]


def test_no_number_is_cut(lists: Lists) -> None:
    """A row that is wider than the rules of its table is dropped with a count, never cut."""
    many = "  1234567 10.0\n" * 500
    found = lists.read(f"  KIC     mag\n--------- ----\n  8644288 10.0\n{many} 12345678901 9.0\n")
    assert _names(found) == ["KIC 8644288", "KIC 1234567"]
    assert found.dropped["repeated"] == 499
    assert sum(found.dropped.values()) == 500
    assert "1 wider than the table's columns" in list(found.describe())[1]


def test_a_prefix_in_a_column_of_its_own(lists: Lists) -> None:
    """A prefix beside the numbers says their catalog, also to a run of another mission."""
    for content in ("KIC 8644288 297.1\nKIC 6462863 290.0\n", "KIC,8644288\nKIC,6462863\n"):
        assert lists.names(content, "TESS") == _KICS


def test_a_column_of_the_users_choice(lists: Lists) -> None:
    """A column is chosen by name, in any case, or by position."""
    content = "kepid,my star,other\n1,8644288,3\n2,6462863,4\n"
    for column in ("my star", "MY_STAR", "2"):
        assert lists.names(content, id_column=column) == _KICS
    message = lists.refusal(content, id_column="my stra")
    assert "no column 'my stra': did you mean my star?" in message
    assert "kepid, my star, other" in message
    assert lists.names("my stars\n1 2.5 8644288\n2 3.5 6462863\n", id_column="3") == _KICS
    assert "no column '9'" in lists.refusal(content, id_column="9")
    assert "no column 'x'" in lists.refusal("8644288\n", id_column="x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("star number,ra\n8644288,3\n", ["star number, ra", "--id-column"]),
        ("ra,dec\n1,2\n", ["ra, dec", "--id-column"]),
        ("Kepler-10\t3.5\nKepler-22\t7.1\n", ["Kepler-10, 3.5", "--id-column"]),
        ("297.1 44.7\n290.0 41.9\n", ["(297.1, 44.7)", "--id-column"]),
        ("id,ra\n1,2.5\n2,3.5\n3,4.5\n", ["id, ra", "--id-column"]),
        ("To whom it may concern\nplease find enclosed a letter\n", ["no list of stars"]),
        ("import numpy as np\nx = np.zeros(3)\nfor y in x:\n    print(y)\n", ["no list of stars"]),
        ("1.62494E+08\n1.2345E+08\n", ["2 of 2", "only 6 of the number's 9 digits"]),
        ("162494287.5\n0.5\n", ["not a whole number"]),
        ("1234567890\n1234567891\n", ["this looks like a TIC list: add --mission TESS"]),
        ("<html><body>Error</body></html>\n", ["a web page"]),
        ('<table border="1">\n<tr><td>1</td></tr>\n', ["a web page"]),
        ("names here\n0 8644288 9.9 a b\n1 6462863 8.0 c\n", ["is a table, but no column"]),
        ("<?xml version='1.0'?>\n<VOTABLE/>\n", ["a VOTable"]),
        (b"SIMPLE  =                    T", ["a FITS file"]),
        (b"PK\x03\x04 and so on", ["a workbook"]),
        (b"", ["names no target"]),
        (b"# nothing\n\n", ["names no target"]),
        (b"kepid,x\n", ["names no target"]),
        (b"kepid\nnan\n\n--\n", ["names no target: column 'kepid'", "rows dropped: 2 empty"]),
        ("162494287.01\n66818296.01\n", ["162494287.01 is not a whole number"]),
        ("5853498713190525696\n" * 2, ["it may be one of Gaia's"]),
        (bytes(range(256)), ["not a text file"]),
        (b"a\0b", ["NUL"]),
        ("757076\n".encode("utf-16-le"), ["NUL"]),
        (b"\xff\xfe\x00", ["not a text file"]),
        (b'kepid,x\n1,"never closed\n2,b\n', ["not a valid table"]),
    ],
)
def test_bad_lists(lists: Lists, content: str | bytes, words: list[str]) -> None:
    """A list that cannot be used is refused in one line that says what was seen and what to do."""
    message = lists.refusal(content)
    assert [word for word in words if word not in message] == []


def test_half_of_a_list_may_be_impossible(lists: Lists) -> None:
    """A list of which just half can be stars is read, and the rest keep their problems."""
    found = lists.read("757076\na/b\nKepler-10\n297.1\n")
    assert [target.problem is None for target in found.targets.targets] == [
        True,
        False,
        True,
        False,
    ]
    assert "2 cannot be searched for" in list(found.describe())[-1]


def test_lost_digits_are_one_bad_target(lists: Lists) -> None:
    """A number that lost digits is one impossible target, and empty cells are counted."""
    found = lists.read("tic_id\n1.62494E+08\n6.6818296e7\n162494287.0\nnan\nNA\n", "TESS")
    first, *others = found.targets.targets
    assert "only 6 of the number's 9 digits" in (first.problem or "")
    assert [target.name for target in others] == ["TIC 66818296", "TIC 162494287"]
    assert list(found.describe())[1] == "2 rows dropped: 2 empty."


_CURL = "curl -C - -L -o {0} https://host/api/v0.1/Download/file/?uri=mast:TESS/product/{0}\n"
_SECTOR = "tess2020078014623-s0023-0000000162494287-0177-s_lc.fits"
_OTHER = "tess2019140104343-s0012-0000000066818296-0144-s_lc.fits"
_PIXELS = "tess2019140104343-s0012-0000000066818296-0144-s_tp.fits"


@pytest.mark.parametrize(
    "content",
    [
        f"#!/bin/sh\n{_CURL.format(_SECTOR)}{_CURL.format(_OTHER)}",
        f"{_SECTOR}\n{_OTHER}\n{_PIXELS}\n",
        f"/data/tess/{_SECTOR}.gz\nC:\\data\\{_OTHER}\n",
        f"file,size\n{_SECTOR},3\n{_OTHER},4\n",
        f"obsID,obs_id,dataURI\n1,x,mast:TESS/product/{_SECTOR}\n2,y,mast:TESS/product/{_OTHER}\n",
        f"https://host/x?uri=mast%3ATESS%2Fproduct%2F{_SECTOR}\nhttps://host/y/{_PIXELS}\n",
        "s0023/0000/0001/6249/4287/\ntarget/0000/0000/6681/8296\n",
        "TIC_162494287.fits\nraw/TIC_66818296_qlp.fits\n",
    ],
)
def test_scripts_and_lists_of_files_mean_their_stars(lists: Lists, content: str) -> None:
    """Commands, names, paths, addresses and folders of files mean the stars of the files."""
    assert lists.names(content, "TESS") == _TICS


def test_lines_of_a_script_that_name_no_file_are_counted(lists: Lists) -> None:
    """Lines of a script without a file are dropped with a count."""
    content = f"#!/bin/sh\nmkdir x\ncd x\n{_CURL.format(_SECTOR)}"
    assert list(lists.read(content, "TESS").describe())[1] == (
        "2 rows dropped: 2 without a known file or folder."
    )


def test_stars_among_files(lists: Lists) -> None:
    """A star's own name in a list of files is taken too; files that tell no star are refused."""
    assert lists.names(f"TIC 66818296\n{_SECTOR}\n8644288\nwait\n", "TESS") == [
        *_TICS[::-1],
        "TIC 8644288",
    ]
    gaia = "hlsp_tglc_tess_ffi_gaiaid-5707485527450614656-s0007-cam2-ccd3_tess_v2_llc.fits\n"
    assert "no star's number that is known" in lists.refusal(gaia, "TESS")


def test_a_column_of_files_has_only_stars_of_files(lists: Lists) -> None:
    """What is no file of a star in a column of files is dropped with a count, and is no name."""
    rows = f"| `NOTES.md` | x |\n| `{_SECTOR}` | y |\n"
    found = lists.read(f"| file | what |\n|---|---|\n{rows}", "TESS")
    assert _names(found) == _TICS[:1]
    assert list(found.describe())[1] == "1 row dropped: 1 without a known file or folder."
    refusal = lists.refusal("file,what\nNOTES.md,x\n")
    assert "names no target: column 'file' of a table" in refusal
    assert "rows dropped: 1 without a known file or folder" in refusal
    assert "'a = 1' is no star's name" in lists.refusal("a = 1\nb = 2\n")


def test_further_files_of_a_star_are_no_repeated_rows(lists: Lists) -> None:
    """Files of one star are counted as such, and no row is dropped where all of them are wanted."""
    later = _SECTOR.replace("s0023", "s0024")
    lists.path.write_text(f"{_SECTOR}\n{later}\n{later}\n{_OTHER}\n")
    found = read_target_list(str(lists.path), MISSIONS["TESS"])
    assert _names(found) == _TICS
    assert list(found.describe())[1] == "2 rows dropped: 2 with further files of the same stars."
    found = read_target_list(str(lists.path), MISSIONS["TESS"], names_files=True)
    assert len(found.products) == 3
    assert list(found.describe())[1] == "1 row dropped: 1 repeated."


@pytest.mark.parametrize("names_files", [False, True])
def test_files_of_several_stars_in_a_line(lists: Lists, *, names_files: bool) -> None:
    """A line that names files of several stars means all of them."""
    lists.path.write_text(f"files = ['{_SECTOR}', '{_OTHER}']\n")
    found = read_target_list(str(lists.path), MISSIONS["TESS"], names_files=names_files)
    assert _names(found) == _TICS
    assert sum(found.dropped.values()) == 0


def test_the_files_themselves(lists: Lists) -> None:
    """The light curves that a list names are returned if they are wanted, each once."""
    content = "".join(_CURL.format(name) for name in (_SECTOR, _OTHER, _PIXELS))
    lists.path.write_text(content)
    found = read_target_list(str(lists.path), MISSIONS["TESS"], names_files=True)
    assert [product.file_name for product in found.products] == [_SECTOR, _OTHER]
    assert _names(found) == _TICS
    lists.path.write_text("757076\n")
    with pytest.raises(UsageError, match="names no light-curve file"):
        read_target_list(str(lists.path), names_files=True)


@pytest.mark.parametrize(
    ("numbers", "mission", "other"),
    [
        ([162494287, 66818296], "Kepler", "TESS"),
        ([206103150, 211436265], "Kepler", "K2"),
        ([206103150, 211436265], "TESS", None),
        ([206103150 + n for n in range(9)], "TESS", "K2"),
        ([8644288, 6462863], "K2", "Kepler"),
        ([8644288 + n for n in range(9)], "TESS", "Kepler"),
        ([8644288, 6462863], "TESS", None),
        ([8644288, 100001645], "Kepler", None),
        ([206103150, 60017806, 200000811], "K2", None),
        ([8644288, 6462863, 162494287], "Kepler", None),
        ([1234567890], "Kepler", "TESS"),
    ],
)
def test_whose_numbers_they_are(numbers: list[int], mission: str, other: str | None) -> None:
    """Numbers out of a catalog's range tell another mission's list, few or usual ones do not."""
    catalog = MISSIONS[mission].catalog
    targets = TargetList.of(map(str, numbers), catalog).targets
    found = find_other_mission(targets, MISSIONS[mission])
    assert (None if found is None else found.name) == other


def test_prefixes_and_columns_tell_the_mission(lists: Lists) -> None:
    """A column or prefix of another catalog is that mission's list; one of its own is believed."""
    tess = "TIC ID,TOI\n162494287,1\n66818296,2\n"
    assert lists.read(tess, "Kepler").other_mission is MISSIONS["TESS"]
    assert lists.read(tess, "TESS").other_mission is None
    assert lists.read("162494287\n66818296\n").other_mission is MISSIONS["TESS"]
    assert lists.read("target_id,x\n162494287,1\n").other_mission is MISSIONS["TESS"]
    assert lists.read("kepid,x\n900000001,1\n").other_mission is None


def test_what_is_said_of_a_list(lists: Lists) -> None:
    """A list is described by stars, column, and rows dropped with the reasons."""
    found = lists.read("kepid,ra\n8644288,1\n8644288,1\n,2\nkepid,ra\n6462863,3\n")
    assert list(found.describe()) == [
        f"{lists.path}: 2 targets, column 'kepid' of a table divided by commas.",
        "3 rows dropped: 1 empty, 1 the header again, 1 repeated.",
    ]
    assert list(lists.read("757076\n").describe()) == [f"{lists.path}: 1 target, one name a line."]


@pytest.mark.parametrize("head", ["", "kepid,x\n"])
def test_too_many_names(lists: Lists, head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is read no further than the most names that a run takes."""
    assert lists.read(head + "757076\n" * 3).targets.repeated == 2
    monkeypatch.setattr(target_list, "_MOST_ROWS", 2)
    assert "more than 2 names: split it" in lists.refusal(head + "757076\n" * 3)
