"""Codes as people and spreadsheets write them: barcodes, articles and sizes, made comparable without guessing.

Two codes are equal when they differ only in what carries no meaning: the length a barcode is padded to, the case, the
alphabet of letters that look alike, spaces and separators. What a spreadsheet has damaged is named and kept apart: a
repaired code may help a person, it never makes a link.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import msgspec
from stdnum import ean

BarcodeKind = Literal["empty", "ean", "internal", "channel", "damaged"]

_ALIKE = str.maketrans("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS")
_SPACES = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")
_SEPARATORS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\-\u2010-\u2015\u2212_./\\]")
_SCIENTIFIC = re.compile(r"[+]?(?:\d[.,]\d*[eEеЕ][+]?|\d[eEеЕ][+])\d{1,2}")
_TRAILING = re.compile(r"(\d{4,})[.,]0+")
_SIZE_BEGINS = re.compile(  # after a separator, the word «размер», or where letters meet digits
    r"(?:[\s\-\u2010-\u2015_./\\(]+|(?<=[^\W\d_])(?=\d{2,3}$)|(?<=\d)(?=[^\W\d_]+$))(?:(?:размер|разм|р-р|р)\b)?[.\s]*",
    re.IGNORECASE,
)
_CHANNEL_MADE = (re.compile(r"OZN\d{4,}"), re.compile(r"X00[0-9A-Z]{7}"))  # Ozon; Amazon's FNSKU
_LOST_ZEROS = range(4, 12)


class Barcode(msgspec.Struct, frozen=True):
    """A barcode as evidence: ``code`` is empty when it proves nothing; ``maybe`` is what it may have been."""

    kind: BarcodeKind
    code: str = ""
    trouble: str = ""
    maybe: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 13)
def read_barcodes(text: str) -> tuple[Barcode, ...]:
    """Read a cell that may hold several barcodes, divided by commas, semicolons or lines."""
    whole = read_barcode(text)
    if whole.kind == "damaged" or not re.search(r"[;,|\n]", text):
        return () if whole.kind == "empty" else (whole,)
    parts = (read_barcode(part) for part in re.split(r"[;,|\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part.kind != "empty"))


def read_barcode(text: str) -> Barcode:
    """Read one barcode: EAN, UPC-A and GTIN in one form, codes of other kinds as they are, damaged ones named."""
    shown = _SPACES.sub(" ", text).strip(" '")
    digits = re.sub(r"[ \-]", "", shown)
    if says_nothing(shown):
        return Barcode("empty")
    if any(rule.fullmatch(shown.upper()) for rule in _CHANNEL_MADE):
        return Barcode("channel", trouble=f"Штрихкод {shown} выдан самой площадкой и о товаре учёта не говорит")
    if damage := damaged(shown):
        return Barcode("damaged", trouble=f"Штрихкод {shown} испорчен: {damage}", maybe=_restored(shown))
    if gtin := _gtin(digits):
        return Barcode("ean", gtin)
    maybe = _with_zeros(digits)
    trouble = f"Штрихкод {shown} похож на потерявший начальные нули" if maybe else ""
    return Barcode("internal", shown, trouble, maybe)


def damaged(code: str) -> str:
    """Tell in Russian how a spreadsheet has damaged this code; an empty text when it has not."""
    if _SCIENTIFIC.fullmatch(code):
        return "число в экспоненциальной записи, его последние цифры могли пропасть"
    if _TRAILING.fullmatch(code):
        return "в конце дописано .0, код побывал числом"
    return ""


def _gtin(digits: str) -> str:
    """Return the one form of a GTIN (8, 13, or 14 digits of a package), or nothing when it is none."""
    if len(digits) not in {8, 12, 13, 14} or not (digits.isascii() and digits.isdigit()):
        return ""
    if ean.calc_check_digit(digits[:-1]) != digits[-1]:
        return ""
    bare = digits.lstrip("0")
    return bare.zfill(8 if len(bare) <= 8 else 13)


def _with_zeros(digits: str) -> tuple[str, ...]:
    if len(digits) not in _LOST_ZEROS or not (digits.isascii() and digits.isdigit()):
        return ()
    found = _gtin(digits.zfill(8 if len(digits) < 8 else 13))
    return (found,) if found else ()


def _restored(shown: str) -> tuple[str, ...]:
    """Return what a damaged code may have been, as far as its digits are all there."""
    if trailing := _TRAILING.fullmatch(shown):
        digits = trailing[1]
    else:
        mantissa, _, power = re.sub("[еЕe]", "E", shown.replace(",", ".")).partition("E")
        if len(mantissa.strip("+").replace(".", "")) <= int(power):
            return ()
        digits = f"{Decimal(mantissa).scaleb(int(power)):f}".partition(".")[0]
    gtin = _gtin(digits)
    return (gtin,) if gtin else (_with_zeros(digits) or (digits,))


# --- articles ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 13)
def fold(code: str) -> str:
    """Return a code without what carries no meaning: case, alphabet of letters that look alike, separators."""
    return unicodedata.normalize("NFC", _SEPARATORS.sub("", _alike(code)))


def says_nothing(code: str) -> bool:
    """True for what people write where there is no code: a dash, zeros, «нет», «б/н»."""
    folded = fold(code)
    return not folded.strip("0") or folded in _NO_CODE


def same_article(one: str, two: str) -> bool:
    """True when two articles of one folded form also divide alike.

    A separator may be missing or be another one, it may not stand elsewhere (1-23 is not 12-3), and a point or a slash
    between digits counts (12.5 is not 125). An article that was a number once (12.0) is only itself.
    """
    if one == two:
        return True
    if damaged(one) or damaged(two) or fold(one) != fold(two):
        return False
    left, right = _cuts(one), _cuts(two)
    return (left[0] <= right[0] or right[0] <= left[0]) and left[1] == right[1]


def split_size(article: str, size: str) -> tuple[tuple[str, str], ...]:
    """Return the ways to read an article as (base, size): its end is the size, mostly after a separator.

    Without a ``size`` only an end that can be nothing but a size counts: a letter size or a number of its own.
    """
    wanted = sizes(size)
    ways: dict[tuple[str, str], tuple[str, str]] = {}
    for cut in _SIZE_BEGINS.finditer(article):
        base, end = article[: cut.start()].strip(), article[cut.end() :].strip(" )")
        found = sizes(end)
        if not wanted:
            sure = cut.end() > cut.start() and [scale(one) for one in found] in (["letter"], ["number"])
        if base and end and (found == wanted if wanted else sure):
            ways.setdefault((fold(base), fold(end)), (base, end))
    return tuple(ways.values())


def without_zeros(code: str) -> str:
    """Return the folded form of an all-digit code without its leading zeros; other codes give nothing."""
    folded = fold(code)
    return folded.lstrip("0") if folded.isascii() and folded.isdigit() else ""


def _alike(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    upper = text.upper()
    if len(upper) != len(text):  # ß would become SS, and another code
        upper = "".join(char.upper() if len(char.upper()) == 1 else char for char in text)
    return upper.translate(_ALIKE)


@lru_cache(maxsize=1 << 13)
def _cuts(code: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return where separators stand, counted in signs before them, and which are a point or slash between digits."""
    code = _SPACES.sub(" ", code).strip()
    every, strong, place = set(), set(), 0
    for at, char in enumerate(code):
        if not _SEPARATORS.match(char):
            place += 1
            continue
        every.add(place)
        if char in "./\\" and code[at - 1 : at].isdigit() and code[at + 1 : at + 2].isdigit():
            strong.add(place)
    return frozenset(every), frozenset(strong)


# --- sizes ------------------------------------------------------------------------------------------------------------

_NO_CODE = {fold(word) for word in ("нет", "без артикула", "нет артикула", "б/а", "б/н", "n/a", "none", "null", "xxx")}
_NO_SIZE = {fold(word) for word in ("0", "one size", "os", "без размера", "единый", "универсальный", "нет", "unisize")}
_UNIT = r"(?:мл|л|кг|мг|г|см|мм|м|шт|вт|гб|тб|мач|ml|kg|mg|cm|mm|pcs|gb|tb)"
_NUMBER = r"\d+(?:[.,]\d+)?"
_PAIRED = r"(?:\d?[XХ]{0,4}[SЅLMМ])"
_SIZE = re.compile(
    rf"(?P<unit>{_NUMBER}\s*{_UNIT}(?![^\W\d_]))"
    rf"|(?P<pair>(?<![^\W_]){_PAIRED}\s*[-\u2010-\u2015/]\s*{_PAIRED}(?![^\W_]))"
    rf"|(?P<range>(?<![\d.,]){_NUMBER}\s*[-\u2010-\u2015/]\s*{_NUMBER}(?![\d]))"
    rf"|(?P<number>(?<![^\W_]){_NUMBER}(?![^\W_]))"
    r"|(?P<word>[^\W_]+)",
    re.IGNORECASE,
)
_MEASURES = {
    unit: (base, Decimal(times))
    for base, units in {
        "МЛ": {"МЛ": 1, "Л": 1000, "ML": 1},
        "МГ": {"МГ": 1, "Г": 1000, "КГ": 10**6, "MG": 1, "KG": 10**6},
        "ММ": {"ММ": 1, "СМ": 10, "М": 1000, "MM": 1, "CM": 10},
        "ГБ": {"ГБ": 1, "ТБ": 1024, "GB": 1, "TB": 1024},
        "ШТ": {"ШТ": 1, "PCS": 1},
    }.items()
    for unit, times in units.items()
}
_LETTER = re.compile(r"(?:\d{1,2}X?|X{0,6})[SL]|M")


@lru_cache(maxsize=1 << 13)
def sizes(text: str) -> frozenset[str]:
    """Return what a size or a variant says, each in one form: XL, 2XL, 48, 42-44, 500МЛ (0,5 л), БEЛЫЙ.

    «One size» and its kin say nothing. Letters are compared by their looks, so Cyrillic ХL is XL.
    """
    if fold(text) in _NO_SIZE:
        return frozenset()
    return frozenset(_one_size(found) for found in _SIZE.finditer(unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=1 << 13)
def scale(size: str) -> str:
    """Tell on which scale a size of ``sizes`` lies: letter, number, range, pair (S-M), a unit of measure, or word."""
    if _LETTER.fullmatch(size):
        return "letter"
    if re.fullmatch(_NUMBER, size):
        return "number"
    if "-" in size:
        return "range" if re.fullmatch(rf"{_NUMBER}-{_NUMBER}", size) else "pair"
    return re.sub(rf"^{_NUMBER}", "", size) if re.match(rf"{_NUMBER}\D+$", size) else "word"


def agree(one: frozenset[str], two: frozenset[str]) -> bool | None:
    """True when two descriptions name a common size, False when they contradict on one scale, None when neither."""
    left, right = _by_scale(one), _by_scale(two)
    shared = [left[name] & right[name] for name in left.keys() & right.keys() if name != "word"]
    if not shared:
        return True if one & two else None
    return all(shared)


def _by_scale(said: frozenset[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for size in said:
        found.setdefault(scale(size), set()).add(size)
    return found


def _one_size(found: re.Match[str]) -> str:
    text = _SPACES.sub("", found[0]).replace(",", ".")
    if found.lastgroup in {"range", "pair"}:
        return "-".join(_letters(_alike(part)) for part in re.split(r"[-\u2010-\u2015/]", text))
    if found.lastgroup == "unit":
        return _measure(text.upper())
    return text if found.lastgroup == "number" else _letters(_alike(text))


def _measure(text: str) -> str:
    """Return a measure in the smallest unit of its kind: 0,5 л and 500 мл are one, 1 л and 250 мл contradict."""
    number = re.match(_NUMBER, text)
    assert number is not None
    unit, times = _MEASURES.get(text[number.end() :], (text[number.end() :], Decimal(1)))
    return f"{(Decimal(number[0]) * times).normalize():f}{unit}"


def _letters(word: str) -> str:
    """XXL is 2XL, 1XL is XL; other words stay."""
    if re.fullmatch(r"X{2,6}[SL]", word):
        return f"{len(word) - 1}{word[-2:]}"
    return re.sub(r"^1(?=X[SL]$)", "", word)
