"""What is wrong with a cell is said in every language alike, and a sheet tells its language by its headers."""

import re
from string import Formatter

import pytest

from mappings.cell_texts import cell_texts, language_of, tell
from mappings.sheet import LANGUAGES
from mappings.sheet_rows import bind

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_HINTS = {"multiplier_wrong": {"most"}}  # what the Russian answer of the API says under expected


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", cell_texts())
def test_every_text_is_there_in_every_language_with_the_same_values(name: str) -> None:
    text = cell_texts()[name]
    for said in (text.message, text.advice):
        if said:
            assert set(said) == set(LANGUAGES)
            assert not any(_CYRILLIC.search(said[language]) for language in ("pl", "en"))
    if name != "refused":  # its Russian words come with the finding
        russian = values_of(text.message["ru"]) | _HINTS.get(name, set())
        assert [values_of(text.message[language]) for language in ("pl", "en")] == [russian, russian]


def test_what_people_wrote_is_shown_as_it_is() -> None:
    told = tell("item_unknown", "en", {"found": "{key} %s"})
    assert told.message == "There is no item “{key} %s”"
    assert told.advice.startswith("Choose an item")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("Ключ площадки;Номенклатура;Штук в 1", "ru"), ("Channel key;ERP item;Pieces in 1", "en"),
        ("Klucz kanału;Pozycja ERP;Sztuk w 1", "pl"), ("КЛЮЧ;Товар", "ru"), ("key;item ref;Note", "en"),
        ("klucz;POZYCJA;mnożnik", "pl"), ("Key;Ref;EAN", "en"), ("Klucz;Ref;Mnożnik", "pl"),
        ("Marketplace_key;Item;Комментарий", "en"), ("Код площадки;Item", "ru"),
    ],
)  # fmt: skip
def test_a_sheet_speaks_the_language_of_most_of_its_headers(header: str, language: str) -> None:
    binding = bind(1, header.split(";"))
    assert binding is not None
    assert language_of(binding) == language
