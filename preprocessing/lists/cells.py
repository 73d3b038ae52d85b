"""What one cell or one line of a list says: a star, a file, or nothing."""

from __future__ import annotations

import re

from preprocessing.lists.columns import catalog_of_words
from preprocessing.lists.text import COMMENT
from preprocessing.missions import MISSIONS
from preprocessing.missions.file_stars import star_in
from preprocessing.missions.targets import parse_target
from preprocessing.missions.whole_numbers import NUMBER

__all__ = ["cell_text", "is_counting", "line_text", "parts_of_line", "star_of_cell"]

#: How tables mark that there is no value (pandas, astropy, R, databases, IDL), in small letters.
_EMPTY = frozenset(
    {
        "",
        "nan",
        "na",
        "n/a",
        "<na>",
        "nat",
        "none",
        "null",
        "nil",
        "masked",
        "(null)",
        "...",
        "\\n",
        ".",
        "?",
        "*",
        "n.a.",
        "-nan",
        "inf",
        "-inf",
        "missing",
        "unknown",
        "undefined",
        "nodata",
        "no data",
        "1.#qnan",
        "1.#ind",
    }
)
#: Numbers that stand for no value: no star's is negative.
_MISSING_NUMBER = re.compile(r"-(?:1|9+)(?:\.0*)?")
_COMMENT_BEGINS = re.compile(rf"(?:^|\s){COMMENT}")
#: A number behind such a mark belongs to a prefix before it.
_NUMBER_BEHIND = re.compile(r"[A-Za-z]+ #\s?\d+", re.ASCII)
#: What spreadsheets show of a number in a column that is too narrow for it.
_TOO_NARROW = re.compile(r"#{2,}")
_NUMBER = re.compile(NUMBER, re.ASCII)
#: A decimal comma, and thousands set apart, as spreadsheets write numbers in some countries. Points
#: and blanks divide other things too, and count only from the second on.
_DECIMAL_COMMA = re.compile(r"(\d+),(0*|\d+[eE][+-]?\d{1,3})", re.ASCII)
_THOUSANDS = re.compile(
    r"\d{1,3}(?:(?:([,'\u2019\u2009\u202f])\d{3})(?:\1\d{3})*|([. _\u00a0])\d{3}(?:\2\d{3})+)",
    re.ASCII,
)
#: Whole numbers as Fortran, R and Python print them: with a sign or an exponent of D, with an L, as
#: numpy's, as bytes. The number is in one of the groups.
_PRINTED = re.compile(
    r"\+?(\d*\.?\d+)[dD]([+-]?\d{1,3})|\+?(\d+)L?|(?:np\.)?u?int\d+\((\d+)\)|[bu](['\"])(\d+)\5",
    re.ASCII,
)
_PLAIN = re.compile(rf"(?:{'|'.join(m.catalog for m in MISSIONS.values())}) \d+", re.ASCII)
_ENDS_OF_NUMBERS = frozenset(")'\"")
#: The number of a star behind its prefix, and what is said of it, or the number of its candidate.
_WITH_REMARK = re.compile(
    r"([A-Za-z]+[\s_:#=-]*\d+)(?:\.0\d|\s[^\d]*|\([^\d]*"
    rf"|\s+[{''.join(m.sequence_letter for m in MISSIONS.values())}]\d{{1,3}})",
    re.ASCII,
)
#: What stands before a star in a list of points, and words before its number.
_POINT = re.compile(r"(?:\(?\d{1,4}[.)]|[*\u2022-])\s+")
_AFTER_WORDS = re.compile(r"([A-Za-z][A-Za-z ._-]*?)[\s_:#=-]*(\d+)", re.ASCII)
_PREFIXED_THOUSANDS = re.compile(r"([A-Za-z]+[\s_:#=-]*)(\d{1,3}(?:,\d{3})+)", re.ASCII)
#: What Simbad writes before a star's, a variable's or a popular name
#: (https://cds.unistra.fr/cgi-bin/Dic-Simbad).
_SIMBAD_TYPE = re.compile(r"(?:V?\*|NAME)\s+(?=\S)")
_BETWEEN_NAMES = re.compile(r"[,;]")
_BRACKETS = dict.fromkeys(map(ord, "()[]{}"), " ")
#: Spreadsheets keep digits when a cell is written as a formula of a text.
_FORMULA = re.compile(r'=\s*"(.*)"')
_QUOTES = "\"'`"
#: Those that word processors set.
_CURLY_QUOTES = "\u2018\u2019\u201c\u201d\u00ab\u00bb"
#: Cells of these alone are empty too: they are marks of missing values, or end a drawn table.
_RULES = "-=\u2013\u2014"


def cell_text(cell: str) -> str:
    """Return what a cell holds, without quotes and comments; an empty text for no value.

    Parameters
    ----------
    cell : str
        A cell of a table, or a line of a list.

    Examples
    --------
    >>> cell_text(' "KIC 8644288"  # the first'), cell_text("KIC#9002278"), cell_text("NaN")
    ('KIC 8644288', 'KIC#9002278', '')
    """
    text = cell.strip()
    if COMMENT in text and not (_TOO_NARROW.fullmatch(text) or _NUMBER_BEHIND.fullmatch(text)):
        text = _COMMENT_BEGINS.split(text, maxsplit=1)[0].rstrip()
    if text.startswith("="):
        formula = _FORMULA.fullmatch(text)
        text = text if formula is None else formula[1].strip()
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]:
        text = text[1:-1].strip()
    elif text[:1] == "'" and text[1:].isdecimal():
        # A spreadsheet's mark for a number that is a text.
        text = text[1:]
    if not text.isascii():
        text = text.strip(_CURLY_QUOTES)
    is_empty = text.lower() in _EMPTY or not text.strip(_RULES)
    return "" if is_empty or _MISSING_NUMBER.fullmatch(text) else text


def line_text(line: str) -> str:
    """Return what a line of names holds, which may be one of a program's list of values.

    Parameters
    ----------
    line : str
        The line, or a part of it.

    Examples
    --------
    >>> line_text('  "KIC 8644288",'), line_text("[8644288"), line_text("]")
    ('KIC 8644288', '8644288', '')
    """
    if line.replace(" ", "").isalnum():
        # A short cut for long lists: there is no mark to remove.
        text = line.strip()
        return "" if text.lower() in _EMPTY else text
    text = line.strip().rstrip(",;:")
    # Those of a catalog's reference, as in "[KAA2005] 12", are part of a name.
    is_of_name = text.count("[") == text.count("]") and text[:1] + text[-1:] != "[]"
    return cell_text(text if is_of_name else text.strip("[]"))


def parts_of_line(text: str) -> list[str]:
    """Return the names in a line, if it is a row of several stars' numbers; else the line.

    Parameters
    ----------
    text : str
        What `line_text` returned.

    Examples
    --------
    >>> parts_of_line("KIC 8644288, KIC 6462863"), parts_of_line("8,644,288")
    (['KIC 8644288', 'KIC 6462863'], ['8,644,288'])
    """
    if "," not in text and ";" not in text:
        return [text]
    quoted = (part.strip(f" {_QUOTES}") for part in _BETWEEN_NAMES.split(text))
    parts = [part for part in map(line_text, quoted) if part]
    is_number = bool(_NUMBER.fullmatch(_without_local_marks(text)) or _of_catalog(text))
    are_stars = all(parse_target(part).number is not None for part in parts)
    return parts if are_stars and not is_number else [text]


def star_of_cell(text: str, catalog: str) -> str:
    """Return the name or number of the star that a cell means.

    Parameters
    ----------
    text : str
        What `cell_text` returned.
    catalog : str
        The catalog of a bare number.

    Examples
    --------
    >>> star_of_cell("8644288.0", "KIC"), star_of_cell("Kepler-10", "KIC")
    ('KIC 8644288.0', 'Kepler-10')
    >>> star_of_cell("kplr008644288-2009131105131_llc.fits", "TIC")
    'KIC 8644288'
    """
    if text.isdecimal():
        return f"{catalog} {text}"
    if _PLAIN.fullmatch(text):
        # A short cut for long lists.
        return text
    is_name = text[0].isalpha() and text[-1] not in _ENDS_OF_NUMBERS
    number = None if is_name else _NUMBER.fullmatch(_without_local_marks(text))
    if number is not None:
        # With a prefix, a fraction would be a candidate's name.
        is_fraction = number[3] is None and (number[2] or "").strip("0")
        return text if is_fraction else f"{catalog} {number[0]}"
    return star_in(text) or _of_catalog(text) or _SIMBAD_TYPE.sub("", text, count=1)


def _without_local_marks(text: str) -> str:
    """Return a number as most programs write it, without its country's or its program's marks.

    Examples
    --------
    >>> _without_local_marks("8,644,288"), _without_local_marks("8644288,0")
    ('8644288', '8644288.0')
    >>> _without_local_marks("8.644288D+06"), _without_local_marks("np.int64(8644288)")
    ('8.644288e+06', '8644288')
    """
    decimal = _DECIMAL_COMMA.fullmatch(text)
    if decimal is not None:
        return f"{decimal[1]}.{decimal[2]}"
    thousands = _THOUSANDS.fullmatch(text)
    if thousands is not None:
        return text.replace(thousands[1] or thousands[2], "")
    printed = _PRINTED.fullmatch(text)
    if printed is None:
        return f"0{text}" if text[0] == "." else text
    if printed[1] is None:
        return printed[3] or printed[4] or printed[6]
    return f"{'0' if printed[1][0] == '.' else ''}{printed[1]}e{printed[2]}"


def _of_catalog(text: str) -> str | None:
    """Return the star whose prefix and number a text has, with marks or a remark; None if none.

    Examples
    --------
    >>> _of_catalog("KIC (8644288)"), _of_catalog("KIC 8,644,288"), _of_catalog("TIC 5.01")
    ('KIC 8644288', 'KIC 8644288', 'TIC 5')
    >>> _of_catalog("Kepler ID: 8644288"), _of_catalog("1) TIC 5"), _of_catalog("Kepler-10")
    ('KIC 8644288', 'TIC 5', None)
    >>> _of_catalog("KIC 8644288 and KIC 6462863") is None
    True
    """
    if parse_target(text).number is not None:
        # The spelling stays as it is.
        return None
    remark, thousands = _WITH_REMARK.fullmatch(text), _PREFIXED_THOUSANDS.fullmatch(text)
    spellings = [" ".join(text.translate(_BRACKETS).split()), _POINT.sub("", text, count=1)]
    words = _AFTER_WORDS.fullmatch(text)
    if words is not None:
        spellings.append(f"{catalog_of_words(words[1]) or ''} {words[2]}".strip())
    if remark is not None:
        spellings.append(remark[1])
    if thousands is not None:
        spellings.append(thousands[1] + thousands[2].replace(",", ""))
    for spelling in spellings:
        if spelling[:1].isalpha() and spelling != text and parse_target(spelling).number:
            return spelling
    return None


def is_counting(texts: list[str]) -> bool:
    """Tell whether cells only count the rows: 1, 2, 3 or 0, 1, 2.

    Parameters
    ----------
    texts : list of str
        The first cells of a column.
    """
    if not texts or texts[0] not in ("0", "1"):
        return False
    first = int(texts[0])
    return texts == [str(first + n) for n in range(len(texts))]
