"""The difference between what is booked of a report already and its newest issue, as documents of their own.

Nothing posted is touched: what differs is added with its sign. Documents are paired by kind, part, counterparty and
contract, their lines by section, item (services by their name) and VAT rate. Every number of a correction is new less
old, VAT too: it is not computed again. What is booked already may be several issues, corrections of them and reversals;
all of it counts.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from mappings.money import ZERO, rounded
from reports.documents import (
    Document,
    DocumentLine,
    Selector,
    content_hash,
    document_id,
    document_number,
)

_GOODS = ("sales", "returns")  # sections whose quantity counts pieces; of anything else there is always one
_TOTALS = ("total", "vat_total", "commission_total", "commission_vat")
_TITLE = "Корректировка: "
Place = tuple[str, str, str, str]
LinePlace = tuple[str, tuple[str, ...], str]
Numbers = tuple[Decimal, ...]  # of a line: quantity, amount, VAT, commission, VAT of commission


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """The newest issue of a report, whose documents are to be corrections: what their ids are computed from."""

    installation: str
    prefix: str
    report: str


def corrections(issue: Issue, booked: Sequence[Document], wanted: Sequence[Document]) -> list[Document]:
    """Return the documents that make what is booked what is wanted; none where nothing differs.

    ``booked``: everything posted of the earlier issues, in the order of posting, reversals included. ``wanted``: the
    newest issue, booked in full. Raises AssertionError when the sums would not meet to the kopeck.
    """
    made = []
    for place, (old, new) in _paired(booked, wanted).items():
        lines, selectors = _lines(old, new)
        if lines:
            made.append(_correction(issue, place, old, new, lines, selectors))
    assert net([*booked, *made]) == net(wanted), "booked and corrections are not the newest issue"
    return made


def net(documents: Iterable[Document]) -> dict[tuple[object, ...], Numbers]:
    """Return what documents come to together, by document and by line; what comes to nothing is left out."""
    found: dict[tuple[object, ...], Numbers] = {}
    for document in documents:
        place = _place(document)
        _add(found, place, tuple(getattr(document, name) for name in _TOTALS))
        for line in document.lines:
            _add(found, (place, _line_place(line)), _numbers(line))
    return {place: numbers for place, numbers in found.items() if any(numbers)}


def _add(found: dict[tuple[object, ...], Numbers], place: tuple[object, ...], numbers: Numbers, sign: int = 1) -> None:
    before = found.get(place, (Decimal(0),) * len(numbers))
    found[place] = tuple(old + sign * new for old, new in zip(before, numbers, strict=True))


def _paired(
    booked: Sequence[Document], wanted: Sequence[Document]
) -> dict[Place, tuple[list[Document], list[Document]]]:  # fmt: skip
    """Return the documents of each place, booked and wanted; places in the order of the newest issue."""
    pairs: dict[Place, tuple[list[Document], list[Document]]] = {}
    for document in wanted:
        pairs.setdefault(_place(document), ([], []))[1].append(document)
    for document in booked:
        pairs.setdefault(_place(document), ([], []))[0].append(document)
    return pairs


def _place(document: Document) -> Place:
    return document.kind, document.part, document.counterparty, document.contract


def _line_place(line: DocumentLine) -> LinePlace:
    item = line.item
    if line.section not in _GOODS:  # a service stays itself, whatever item it was linked to meanwhile
        return line.section, (line.service or item.name,), line.vat_rate
    named = (item.ref,) if item.ref else ("", item.article, item.name, item.variant)
    return line.section, named, line.vat_rate


def _numbers(line: DocumentLine) -> Numbers:
    pieces = line.quantity if line.section in _GOODS else Decimal(0)
    return pieces, line.amount, line.vat_amount, line.commission, line.commission_vat


def _lines(old: Sequence[Document], new: Sequence[Document]) -> tuple[list[DocumentLine], list[Selector]]:
    """Return a line for each place of lines that differs, and which rows of both issues it comes from."""
    sums: dict[tuple[object, ...], Numbers] = {}
    named: dict[LinePlace, DocumentLine] = {}
    chosen: dict[LinePlace, dict[Selector, None]] = {}
    for documents, sign in ((new, 1), (old, -1)):
        for document in documents:
            for line, selector in zip(document.lines, document.selectors, strict=True):
                place = _line_place(line)
                _add(sums, place, _numbers(line), sign)
                named.setdefault(place, line)
                chosen.setdefault(place, {}).update(dict.fromkeys(selector.each()))
    differing = [place for place in named if any(sums[place])]
    lines = [_line(no, named[place], sums[place]) for no, place in enumerate(differing, 1)]
    return lines, [_together(list(chosen[place])) for place in differing]


def _line(no: int, like: DocumentLine, numbers: Numbers) -> DocumentLine:
    pieces, amount, vat_amount, commission, commission_vat = numbers
    quantity = pieces if like.section in _GOODS else Decimal(1)
    price = rounded(amount / quantity) if quantity else ZERO
    return DocumentLine(
        no=no,
        section=like.section,
        item=like.item,
        quantity=quantity,
        price=price if price > 0 or like.section not in _GOODS else ZERO,  # more pieces for less money: no price at all
        amount=amount,
        vat_rate=like.vat_rate,
        vat_amount=vat_amount,
        commission=commission,
        commission_vat=commission_vat,
        service=like.service,
    )


def _together(selectors: Sequence[Selector]) -> Selector:
    return msgspec.structs.replace(selectors[0], more=tuple(selectors[1:]))


def _correction(
    issue: Issue, place: Place, old: Sequence[Document], new: Sequence[Document], lines: list[DocumentLine],
    selectors: list[Selector],
) -> Document:  # fmt: skip
    originals = [document for document in old if not document.reverses]
    like = new[-1] if new else originals[0]
    kind, part, counterparty, contract = place
    uid = document_id(
        issue.installation, like.account, kind, f"correction|{issue.report}", f"{part}|{counterparty}|{contract}"
    )
    totals = {
        name: sum((getattr(one, name) for one in new), ZERO) - sum((getattr(one, name) for one in old), ZERO)
        for name in _TOTALS
    }
    made = msgspec.structs.replace(
        like, id=uid, number=document_number(issue.prefix, uid), date=(originals or new)[0].date,
        title=_TITLE + like.title.removeprefix(_TITLE), lines=lines, selectors=selectors,
        corrects=_newest(old, originals), **totals,
    )  # fmt: skip
    return msgspec.structs.replace(made, content_hash=content_hash(made))


def _newest(old: Sequence[Document], originals: Sequence[Document]) -> str:
    """Return the id of the latest document that still stands, or else the latest of all; empty: there was none."""
    reversed_ones = {document.reverses for document in old}
    standing = [document for document in originals if document.id not in reversed_ones]
    return (standing or originals)[-1].id if originals else ""
