"""Every problem has its words, a file that provokes it, a pinned text and a place in docs/errors.md."""

from pathlib import Path

import pytest

from reports.problems import problem, texts
from tests.reports.broken import CASES
from tests.reports.errors_page import PAGE, page
from tests.reports.pinned import pinned, spoken


@pytest.mark.parametrize("name", CASES)
def test_a_broken_file_says_these_words(name: str, tmp_path: Path) -> None:
    found = CASES[name](tmp_path)
    assert found.code == name.partition("__")[0]
    assert spoken(found) == pinned()[name], "read the difference, then run python -m tests.reports.pinned"


def test_every_problem_code_is_pinned() -> None:
    assert {name.partition("__")[0] for name in CASES} == set(texts())
    assert set(pinned()) == set(CASES)


def test_every_problem_code_is_described_in_the_errors_page() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.reports.errors_page"


@pytest.mark.parametrize("code", texts())
def test_the_words_of_a_problem_are_russian_sentences_without_full_stops(code: str) -> None:
    text = texts()[code]
    for words in (text.message, text.advice, text.expected):
        assert words == words.strip()
        assert not words.endswith(".")
        assert not words or words[0].isupper() or words[0] == "{"
    assert text.message
    assert text.advice


def test_a_long_value_is_cut() -> None:
    found = problem("file_damaged", found="я" * 500)
    assert len(found.found) == 200
    assert found.found.endswith("…")
