"""Numbers of a sheet in text: with their errors, and in the units that suit them."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["FluxUnit", "flux_unit", "hours", "plain", "sexagesimal", "short", "with_error"]


@dataclass(frozen=True)
class FluxUnit:
    """A unit of relative flux.

    Parameters
    ----------
    name : str
        As written at axes.
    scale : float
        How many of it are the star's whole light.
    """

    name: str
    scale: float


def flux_unit(change: float) -> FluxUnit:
    """Return the unit that suits changes of the light of some size.

    Parameters
    ----------
    change : float
        Relative: 0.01 of a dip of one per cent.

    Examples
    --------
    >>> flux_unit(3e-4).name, flux_unit(8e-3).name, flux_unit(0.4).name
    ('ppm', 'ppt', '%')
    """
    if not change >= 2e-3:
        return FluxUnit("ppm", 1e6)
    return FluxUnit("ppt", 1e3) if change < 0.05 else FluxUnit("%", 1e2)


def with_error(value: object, sigma: object, unit: str = "") -> str:
    """Return a number with its error: both to two digits of the error.

    Parameters
    ----------
    value, sigma : float or None
        The number and its error. Without an error, the number has six digits.
    unit : str
        Written behind.

    Examples
    --------
    >>> with_error(3.5225012, 0.0000234, "d"), with_error(84.2, None, "ppm")
    ('3.522501 ± 0.000023 d', '84.2 ppm')
    >>> with_error(12345.6, 234.5), with_error(None, 1.0)
    ('12350 ± 230', 'not known')
    """
    if not is_number(value):
        return "not known"
    number = float(value)  # type: ignore[arg-type]
    if not is_number(sigma) or not float(sigma) > 0:  # type: ignore[arg-type]
        return f"{plain(number, 7)} {unit}".rstrip()
    error = float(sigma)  # type: ignore[arg-type]
    digits = 1 - math.floor(math.log10(error))
    if digits > 0:
        return f"{number:.{digits}f} ± {error:.{digits}f} {unit}".rstrip()
    return f"{round(number, digits):.0f} ± {round(error, digits):.0f} {unit}".rstrip()


def is_number(value: object) -> bool:
    """Tell whether a cell has a finite number."""
    is_one = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_one and math.isfinite(float(value))  # type: ignore[arg-type]


def plain(value: float, digits: int = 4) -> str:
    """Return a number with so many digits, without an exponent where that is short.

    Examples
    --------
    >>> plain(0.00012345, 3), plain(123456.7, 4), plain(1.2e-9, 2), plain(0.0)
    ('0.000123', '123457', '1.2e-09', '0')
    """
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -5 <= size <= 8:
        return f"{value:.{digits - 1}e}"
    text = f"{value:.{max(0, digits - 1 - size)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short(value: object, digits: int = 3) -> str:
    """Return a cell of a narrow column; a dash where there is no number."""
    return plain(float(value), digits) if is_number(value) else "–"  # type: ignore[arg-type]


def hours(days: float) -> str:
    """Return a length of time: hours if it is less than two days."""
    if not math.isfinite(days):
        return "not known"
    return f"{plain(24 * days, 3)} h" if days < 2 else f"{plain(days, 3)} d"


def sexagesimal(ra_deg: float, dec_deg: float) -> str:
    """Return a position as hours and degrees.

    Examples
    --------
    >>> sexagesimal(291.93427, 48.141652)
    '19h27m44.22s +48°08′29.9″'
    """
    tenths = round(ra_deg % 360 / 15 * 360_000) % (24 * 360_000)
    arc = round(abs(dec_deg) * 36_000)
    sign = "−" if dec_deg < 0 else "+"
    return (
        f"{tenths // 360_000:02d}h{tenths // 6000 % 60:02d}m{tenths % 6000 / 100:05.2f}s"
        f" {sign}{arc // 36_000:02d}°{arc // 600 % 60:02d}′{arc % 600 / 10:04.1f}″"
    )
