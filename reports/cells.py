"""Reading single cells: money and quantities exactly, dates and codes as text. Fast, because every cell passes here.

Money becomes whole kopecks as ``int``; a value with a fraction of a kopeck stays exact as a ``Decimal`` number of
kopecks. A float is read by its shortest decimal form (what the spreadsheet shows), never by its bits.
"""

import re
from datetime import date, datetime
from decimal import Context, Decimal
from functools import lru_cache

from reports.reading import Cell

Amount = int | Decimal
# beyond these a cell is an error and not a sum: a trillion roubles, a fraction longer than any binary noise
MOST = 10**12
_MOST_SCALED = 10**14
_MOST_PLACES = 38
_EXACT = Context(prec=80)
_YEARS = range(2004, 2101)  # the VAT facts begin in 2004, and no marketplace is older
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)")  # both marks: no doubt which is which
_DATE = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)(?:[T ].*)?|(\d\d)\.(\d\d)\.(\d{4})(?: .*)?")
_NOISE = str.maketrans({"\u00a0": None, " ": None, "\u202f": None, "\u2009": None, "'": None, "−": "-", ",": "."})
_SPACES = {sign: plain for sign, plain in _NOISE.items() if sign != ord(",")}


class Broken(ValueError):
    """The cell does not hold what its column must hold."""


def kopecks(cell: Cell) -> Amount:
    """Return an amount in kopecks; an empty cell is 0. Raises Broken for anything but a number."""
    if cell.__class__ is int and -MOST < cell < MOST:
        return cell * 100
    if cell.__class__ is float and -MOST < cell < MOST:
        whole = round(cell * 100)
        if whole / 100 == cell:  # then no shorter decimal is nearer: the cell shows exactly this many kopecks
            return whole
        text = repr(cell)
        if "e" not in text:
            whole_text, _, part = text.partition(".")
            return Decimal(f"{whole_text}{part[:2]}.{part[2:]}00")
        return _scaled(text, 100)
    if cell is None or cell == "":
        return 0
    if isinstance(cell, str | Decimal):
        return _scaled(str(cell), 100)
    raise Broken(cell)


def thousandths(cell: Cell) -> int:
    """Return a quantity in thousandths; raises Broken for text and for more than three decimals."""
    if cell.__class__ is int and -MOST < cell < MOST:
        return cell * 1000
    if cell is None or cell == "":
        return 0
    if isinstance(cell, float | str | Decimal):
        scaled = _scaled(repr(cell) if isinstance(cell, float) else str(cell), 1000)
        if isinstance(scaled, int):
            return scaled
    raise Broken(cell)


@lru_cache(maxsize=8192)
def _scaled(text: str, factor: int) -> Amount:
    plain = text.translate(_NOISE).strip()
    if not plain:
        return 0
    if plain.count(".") > 1:
        plain = _ungrouped(text, plain)
    if not _NUMBER.fullmatch(plain) or len(plain) > 40:
        raise Broken(text)
    try:
        value = _EXACT.multiply(Decimal(plain), factor)
    except ArithmeticError as error:
        raise Broken(text) from error
    if not value:
        return 0
    if abs(value) > _MOST_SCALED or int(value.as_tuple().exponent) < -_MOST_PLACES:
        raise Broken(text)
    whole = int(value)
    return whole if whole == value else value


def _ungrouped(text: str, plain: str) -> str:
    """Return a number without the marks between its thousands (1.234,56 or 1,234.56), else ``plain`` as it is."""
    if not _GROUPED.fullmatch(text.translate(_SPACES)):
        return plain
    whole, _, part = plain.rpartition(".")
    return f"{whole.replace('.', '')}.{part}"


def iso_date(cell: Cell) -> str:
    """Return ``YYYY-MM-DD`` for a date cell or a date text, "" for an empty one. Raises Broken."""
    if isinstance(cell, str):
        return _iso_text(cell)
    if isinstance(cell, datetime):
        return _sensible(cell.date())
    if isinstance(cell, date):
        return _sensible(cell)
    if cell is None:
        return ""
    raise Broken(cell)


@lru_cache(maxsize=8192)
def _iso_text(text: str) -> str:
    plain = text.strip()
    if not plain:
        return ""
    match = _DATE.fullmatch(plain)
    if match is None:
        raise Broken(text)
    year, _, month, day, day2, month2, year2 = match.groups()
    if year == "0001":  # how Go programs, and so the APIs, write no date at all
        return ""
    try:
        return _sensible(date(int(year or year2), int(month or month2), int(day or day2)))
    except ValueError as error:
        raise Broken(text) from error


def _sensible(day: date) -> str:
    """Return the day as text; a year outside our century is an error of the file."""
    if day.year not in _YEARS:
        raise Broken(day)
    return day.isoformat()


def plain_text(cell: Cell) -> str:
    """Return a cell as trimmed text; a whole number without ``.0``, so that codes survive."""
    if cell.__class__ is str:
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def is_empty(cell: Cell) -> bool:
    """True for a cell that holds nothing or only spaces."""
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def likely_date(cell: Cell) -> str:
    """Return a date as ISO text, or nothing where the cell holds none: for columns that only help to find things."""
    try:
        return iso_date(cell)
    except Broken:
        return ""
