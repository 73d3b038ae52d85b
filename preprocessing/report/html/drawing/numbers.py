"""Numbers, sizes and durations as a person reads them."""

from __future__ import annotations

import math

__all__ = ["NOTHING", "counted", "duration", "number", "percent", "size"]

#: Numbers outside of this range get a power of ten.
_PLAIN = (1e-3, 1e6)
#: What stands where there is no number, and signs as they are printed.
NOTHING, _TIMES, _MINUS = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
_UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with some digits; a dash for None and NaN.

    Parameters
    ----------
    value : float or None
        The number. Whole ones of type int keep all digits.
    digits : int, optional
        How many digits count.

    Examples
    --------
    >>> number(150000), number(0.02469), number(1234.5)
    ('150,000', '0.0247', '1,234')
    """
    if value is None or math.isnan(value):
        return NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    if value and math.isfinite(value) and not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        short = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{_signed(short)} {_TIMES} 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    if abs(value) >= 10**digits:
        return _signed(f"{value:,.0f}")
    return _signed(f"{value:.{digits}g}")


def _signed(shown: str) -> str:
    return shown.replace("-", _MINUS)


def counted(n: int, what: str, several: str = "") -> str:
    """Return a number of things.

    Parameters
    ----------
    n : int
        How many.
    what : str
        One of them.
    several : str, optional
        Many of them, where that is not `what` with an s.

    Examples
    --------
    >>> counted(1, "star"), counted(1200, "star")
    ('1 star', '1,200 stars')
    """
    return f"{n:,} {what if n == 1 else several or f'{what}s'}"


def percent(share: float | None) -> str:
    """Return a share in percent.

    Parameters
    ----------
    share : float or None
        From 0 to 1; None if there is none.

    Examples
    --------
    >>> percent(0.5), percent(0.00042), percent(0.9996), percent(1.0)
    ('50 %', '0.042 %', '99.96 %', '100 %')
    """
    if share is None or math.isnan(share):
        return NOTHING
    if 0 < share < 0.1 or 0.9 < share < 1:
        small = min(share, 1 - share)
        digits = 1 - math.floor(math.log10(small * 100)) if small < 0.01 else 1
        digits -= share > 0.99
        return f"{share * 100:.{digits}f} %"
    return f"{share * 100:.0f} %"


def size(n_bytes: float) -> str:
    """Return a number of bytes.

    Parameters
    ----------
    n_bytes : float
        How many.

    Examples
    --------
    >>> size(12), size(4_210_000)
    ('12 B', '4.21 MB')
    """
    unit, one = next(((u, b) for u, b in _UNITS if n_bytes >= b), ("B", 1))
    return f"{n_bytes / one:.3g} {unit}"


def duration(seconds: float) -> str:
    """Return a time span.

    Parameters
    ----------
    seconds : float
        How long.

    Examples
    --------
    >>> duration(7.2), duration(100), duration(7400), duration(200000)
    ('7.2 s', '1 min 40 s', '2 h 3 min', '2 d 7 h')
    """
    if seconds < _MINUTE:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    for larger, smaller, one, part in (
        ("d", "h", _DAY, _HOUR),
        ("h", "min", _HOUR, _MINUTE),
        ("min", "s", _MINUTE, 1),
    ):
        if whole >= one:
            return f"{whole // one} {larger} {whole % one // part} {smaller}"
    return f"{whole} s"
