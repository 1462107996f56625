"""What the books cannot take as it is: no treatment, no item, an unknown type, another currency, days too early."""

from decimal import Decimal

from mappings.money import ZERO, rounded
from reports.books import Booked, Books, divided
from reports.kinds import kinds
from reports.problems import Problem, problem

_NAMED = 10


def untreated(booked: Booked) -> list[Problem]:
    """Return a problem for every kind and service that no treatment books, with its sum; nobody is asked about zero."""
    found = []
    for one in booked.applied:
        if one.books == "" or (one.books == "hold" and one.amount):
            named = kinds()[one.kind].title + (f" «{one.service}»" if one.service else "")
            code = "treatment_hold" if one.books else "treatment_missing"
            found.append(problem(code, column=named, found=f"{rounded(one.amount):f}"))
    return found


def worthless(books: Books, booked: Booked) -> list[Problem]:
    """Return an alarm where rows were read and yet nothing is to be booked: no amount at all in any document."""
    summary = books.summary
    lawful = summary.type in books.profile.identity.empty_types or not books.profile.documents.make
    if lawful or not summary.rows_used or booked.left_out or untreated(booked):
        return []
    if any(line.amount or line.commission for document in booked.documents for line in document.lines):
        return []
    return [problem("report_zero", found=f"строк с операциями {summary.rows_used}, сумма 0.00")]


def unlinked_services(books: Books, booked: Booked) -> list[Problem]:
    """Return what is charged and paid without an item of the ERP, with its sums, where the account asks for items."""
    if not books.settings.require_services:
        return []
    sums: dict[str, Decimal] = {}
    for document in booked.documents:
        if document.commission_total and not (document.service_item and document.service_item.ref):
            name = kinds()["commission"].title
            sums[name] = sums.get(name, ZERO) + document.commission_total
        for line in document.lines:
            if line.service and not line.item.ref:
                sums[line.service] = sums.get(line.service, ZERO) + line.amount
    if not sums:
        return []
    told = [f"«{name}» на {amount:f}" for name, amount in sums.items()]
    more = " …" if len(told) > _NAMED else ""
    return [problem("services_unlinked", found=f"{len(told)}: {', '.join(told[:_NAMED])}{more}")]


def without_pieces(books: Books, booked: Booked) -> list[Problem]:
    """Return the goods that have an amount and no pieces, with their sums: no book can move none of something."""
    if books.settings.without_pieces == "keep":
        return []
    told = [
        f"«{line.item.article or line.item.name}» на {line.amount:f}"
        for document in booked.documents
        for line in document.lines
        if line.section in ("sales", "returns") and line.amount and not line.quantity
    ]
    more = " …" if len(told) > _NAMED else ""
    return [problem("pieces_missing", found=f"{', '.join(told[:_NAMED])}{more}")] if told else []


def undivided(books: Books, booked: Booked) -> list[Problem]:
    """Return goods without a day where the account begins inside the report: nobody knows which came before."""
    if not divided(books).crosses_start:
        return []
    lines = [
        line
        for document in booked.documents
        if document.kind in ("commission_report", "sale")
        for line, selector in zip(document.lines, document.selectors, strict=True)
        if selector.undated
    ]
    if not lines:
        return []
    total = sum((line.amount * (-1 if line.section == "returns" else 1) for line in lines), ZERO)
    return [problem("start_inside", found=f"{total:f}", expected=books.start)]


def misplaced(books: Books) -> list[Problem]:
    """Return what keeps a whole report out of these books: an unknown type, its currency, days before the first."""
    summary, found = books.summary, []
    if not books.profile.documents.make:
        return []
    types = books.profile.identity.types
    if types and summary.type and summary.type not in types.values():  # who knows what its goods are
        found.append(problem("type_unknown", found=summary.type))
    if summary.currency != books.settings.currency:
        found.append(problem("currency_unexpected", found=summary.currency, expected=books.settings.currency))
    last = summary.period_to or summary.date
    if last and last < books.start:
        found.append(problem("before_start", found=last, expected=books.start))
    return found
