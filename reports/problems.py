"""Problems: what is wrong with a user's file, as values with a place, the found, the expected and an advice.

Exceptions are for the program; a problem is data that the accountant reads. The texts live in ``problems.toml`` (one
entry per code, Russian), so that ``docs/errors.md`` and the tests speak of the same words. ``Refused`` carries the
problems of a file that is not taken at all; every other problem holds the report.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. ``row`` is the row number a person sees in the spreadsheet; ``column`` its header."""

    code: str
    message: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    found: str = ""
    expected: str = ""
    advice: str = ""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a problem code; ``{found}`` and the like are filled in from the problem.

    ``confirmable``: a person who has looked at the finding may let it pass.
    """

    message: str
    advice: str
    expected: str = ""
    confirmable: bool = False


class Refused(Exception):
    """The file is not taken: nothing of it is stored. Carries the problems that say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems: Sequence[Problem] = problems


@cache
def texts() -> dict[str, Text]:
    """The words of every problem code."""
    table = tomllib.loads(files("reports").joinpath("problems.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, Text])


def problem(
    code: str,
    *,
    sheet: str = "",
    row: int | None = None,
    column: str = "",
    found: object = "",
    expected: str = "",
    details: str = "",
) -> Problem:
    """Make the problem of that code with its words filled in; ``details``: counts and sums for its message."""
    text = texts()[code]
    shown = _shown(found)
    words = {
        "sheet": sheet, "row": "—" if row is None else row, "column": column, "found": shown, "expected": expected,
        "details": details,
    }  # fmt: skip
    return Problem(
        code=code,
        message=text.message.format_map(words),
        sheet=sheet,
        row=row,
        column=column,
        found=shown,
        expected=expected or text.expected,
        advice=text.advice.format_map(words),
    )


def _shown(found: object) -> str:
    whole = isinstance(found, float) and found.is_integer()
    text = "" if found is None else f"{found:.0f}" if whole else str(found)
    return text if len(text) <= 200 else text[:199] + "…"
