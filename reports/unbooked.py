"""Problems of lines that the books cannot take as they are: no treatment, another currency, days before the start."""

from mappings.money import rounded
from reports.books import Booked, Books
from reports.kinds import kinds
from reports.problems import Problem, problem


def untreated(booked: Booked) -> list[Problem]:
    """Return a problem for every kind and service that no treatment books, with its sum."""
    found = []
    for one in booked.applied:
        if one.books in ("", "hold"):
            named = kinds()[one.kind].title + (f" «{one.service}»" if one.service else "")
            code = "treatment_hold" if one.books else "treatment_missing"
            found.append(problem(code, column=named, found=f"{rounded(one.amount):f}"))
    return found


def misplaced(books: Books) -> list[Problem]:
    """Return what keeps a whole report out of these books: its currency, or its days before the account's first."""
    summary, found = books.summary, []
    if not books.profile.documents.make:
        return []
    if summary.currency != books.settings.currency:
        found.append(problem("currency_unexpected", found=summary.currency, expected=books.settings.currency))
    last = summary.period_to or summary.date
    if last and last < books.start:
        found.append(problem("before_start", found=last, expected=books.start))
    return found
