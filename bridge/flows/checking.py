"""What flows check of every request: names, texts, pages; and how they refuse, with all problems named at once."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from bridge.errors import BadInput
from reports.problems import Problem

NAME = re.compile(r"\w(?:[\w .-]{0,62}[\w.-])?")
_SHOWN = 1000  # problems in one answer; the rest are counted
_PAGE = 1000


def refuse_if(problems: Sequence[Problem], what: str) -> None:
    """Raise BadInput that carries the problems, when there are any; ``what`` begins its sentence."""
    if not problems:
        return
    more = f" (и ещё {len(problems) - 1})" if len(problems) > 1 else ""
    raise BadInput(f"{what}: {problems[0].message}{more}", problems=problems[:_SHOWN])


def wrong(code: str, message: str, *, column: str, found: object = "", expected: str = "", row: int | None = None,
          advice: str = "") -> Problem:  # fmt: skip
    """Make a problem of one field of a request; ``row`` counts the entries of a list from 1."""
    shown = str(found)
    return Problem(
        code=code,
        message=message,
        row=row,
        column=column,
        found=shown if len(shown) <= 200 else shown[:199] + "…",
        expected=expected,
        advice=advice,
    )


def name_problems(name: str) -> list[Problem]:
    """Check a name that becomes part of addresses."""
    if NAME.fullmatch(name):
        return []
    expected = "до 64 букв, цифр, точек, дефисов и пробелов"
    return [wrong("name_wrong", f"Недопустимое имя «{name[:64]}»", column="name", found=name, expected=expected)]


def text_problems(column: str, text: str, limit: int, row: int | None = None, *, empty: bool = True) -> list[Problem]:
    """Check a text: its length, no control character with code 0, and where asked that it is not blank."""
    if not empty and not text.strip():
        return [wrong("text_empty", f"Поле {column} пусто", column=column, row=row, expected="непустой текст")]
    if len(text) > limit:
        expected = f"не длиннее {limit} знаков"
        return [
            wrong("text_long", f"Поле {column} слишком длинное", column=column, row=row, found=text, expected=expected)
        ]
    if "\0" in text:
        return [wrong("text_broken", f"Поле {column} содержит знак с кодом 0", column=column, row=row)]
    return []


def after_id(cursor: str | None) -> int:
    """Return the row id that a page begins after. Raises BadInput for a cursor that no page ever gave."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise BadInput("Параметр cursor берётся из поля next предыдущего ответа")
    return int(cursor)


def page_size(limit: int) -> int:
    """Return how many entries one page may have."""
    return min(max(limit, 1), _PAGE)


def month_before(first: date) -> tuple[date, date]:
    """Return the first and the last day of the month before the one that begins on ``first``."""
    last = first - timedelta(days=1)
    return last.replace(day=1), last


def month_days(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month written YYYY-MM. Raises BadInput."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", month, re.ASCII)
    if not found or not "1900" <= found[1] <= "2100":
        raise BadInput(f"Месяц «{month[:20]}» не читается: нужен ГГГГ-ММ, например 2026-08")
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])
