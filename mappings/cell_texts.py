"""What is said of a wrong cell of a mapping sheet, in the language of that sheet: words as data, filled with values."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from mappings.sheet import LANGUAGES, Language, words
from mappings.sheet_rows import Binding


class CellText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of one finding. ``expected`` is Russian and for the API: the copy of a sheet has no room for it."""

    message: dict[Language, str]
    advice: dict[Language, str] = {}
    expected: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in words."""

    message: str
    advice: str
    expected: str


@cache
def cell_texts() -> dict[str, CellText]:
    """Return the words of every finding by its name; what stands before a point is its code."""
    table = tomllib.loads(files("mappings").joinpath("cell_texts.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, CellText])


def tell(name: str, language: Language, values: Mapping[str, str]) -> Told:
    """Put a finding into words; a value that is not given stays empty."""
    text, filled = cell_texts()[name], defaultdict(str, values)
    return Told(
        message=text.message[language].format_map(filled),
        advice=text.advice.get(language, "").format_map(filled),
        expected=text.expected.format_map(filled),
    )


def language_of(binding: Binding) -> Language:
    """Return the language that most headers of a sheet are written in; Russian when nothing tells."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for name, place in binding.places.items():
        column, header = words().columns.get(name), _folded(binding.headers[place])
        for language in LANGUAGES if column else ():
            known = (column.title[language], *column.heard.get(language, ()))  # type: ignore[union-attr]
            counts[language] += header in map(_folded, known)
    return max(("ru", "en", "pl"), key=lambda language: counts[language])


def header_in(binding: Binding, name: str, language: Language) -> str:
    """Return what the sheet calls a column; one that it does not have, by our title."""
    place = binding.places.get(name)
    return words().columns[name].title[language] if place is None else binding.headers[place]


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()
