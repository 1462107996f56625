"""Random reports of every profile: rows = lines = documents + named rest, to the kopeck, whatever the settings.

10,000 reports by default; KOMITENT_RANDOM_REPORTS=N makes N. The default run is the same everywhere, so that a red
build is about the change and not about luck; with the switch every run explores other reports. A failure names profile,
seed and size, and these three make the report again (``SEEN`` keeps those that once failed).
"""

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some

from bridge.flows.preview import document_checks
from bridge.flows.reverse_report import mirrored
from bridge.settings import Settings
from mappings.money import vat_inside
from reports.booking import book
from reports.books import Booked, Books
from reports.checks import Amounts
from reports.correction import Issue, corrections, net
from reports.documents import Document, DocumentLine, payout_effect
from reports.lines import Summary
from reports.profile import profiles
from reports.upd import Policy, Upd, tie
from tests.reports.random_books import (
    Expected,
    Read,
    books_of,
    catalogue,
    expected,
    goods_of,
    groups,
    kopecks,
    read,
    signed,
    totals,
)
from tests.reports.random_profiles import BOOKED, UNBOOKED
from tests.reports.random_rows import ZERO, Made

KOPECK = Decimal("0.01")
SETTINGS = Settings(data=Path(), database_url="")
SWITCH = "KOMITENT_RANDOM_REPORTS"
REPORTS = int(os.environ.get(SWITCH, "10000"))
SHARES = {
    "wildberries/weekly_detail": 36, "ozon/realization": 20, "ozon/accruals": 12, "generic": 16,
    "amazon/settlement": 10,
}  # fmt: skip
UNBOOKED_SHARE = 2
SEEN = [  # services before the start, order of like products, kinds rounded apart, a treatment that changes the sign
    ("wildberries/weekly_detail", 12, 15), ("wildberries/weekly_detail", 10, 13), ("ozon/realization", 4, 7),
    ("ozon/accruals", 9, 12), ("wildberries/weekly_detail", 22, 25), ("wildberries/weekly_detail", 143, 6),
    ("generic", 22, 25), ("ozon/realization", 3, 6), ("wildberries/weekly_detail", 4872, 3),
]  # fmt: skip
PORTIONS = 4  # so that processes of a test run share the work
_HEALTHY = [HealthCheck.too_slow, HealthCheck.differing_executors]


def many(percent: int) -> effort:
    """So many examples of one portion; at least one."""
    return effort(
        max_examples=max(1, -(-REPORTS * percent // 100 // PORTIONS)), deadline=None, database=None,
        derandomize=SWITCH not in os.environ, suppress_health_check=_HEALTHY,
    )  # fmt: skip


def booked(found: Read, books: Books) -> Booked:
    return book(books, groups(books, found), found.keys, catalogue(found.keys))


def effect(documents: Sequence[Document]) -> Decimal:
    return sum((payout_effect(document) for document in documents), ZERO)


# --- rows = lines = totals --------------------------------------------------------------------------------------------


def check_rows(made: Made, found: Read) -> None:
    """The rows as written are the lines with their rests, the totals and the sums of columns."""
    assert found.summary.profile == made.profile
    assert {one.code for one in found.problems} <= {"operation_unknown"}, found.problems
    assert found.summary.rows_total == len(made.rows) + made.extra
    assert found.summary.rows_unknown == made.unknown
    wanted = totals(made.said())
    assert {
        name: [Decimal(one.amount), one.quantity, Decimal(one.commission)] for name, one in found.summary.totals.items()
    } == wanted
    sums: dict[str, list[Decimal]] = {}
    for line in found.lines:
        name = f"{line.kind}.{line.section}" if line.section else line.kind
        rest, more = map(Decimal, line.rest.split() if line.rest else (0, 0))
        parts = (line.amount + rest, Decimal(line.quantity), line.commission + more)
        sums[name] = [one + part for one, part in zip(sums.get(name, [ZERO] * 3), parts, strict=True)]
    assert sums == wanted
    for name, amount in made.columns.items():
        assert Decimal(found.summary.columns[name]) == amount * 100, name


# --- lines = documents + named rest -----------------------------------------------------------------------------------


def check_documents(made: Made, books: Books, result: Booked) -> None:
    """Every document sums to its totals, and all of them with what is named beside them to the payout of the rows."""
    wanted = expected(made.said(), books)
    for document in result.documents:
        check_document(document)
    assert effect(result.documents) + sum(result.left_out.values(), ZERO) == wanted.net()
    rest = sum((one.amount for one in result.applied if one.books in ("", "hold", "memo")), ZERO)
    assert rest == wanted.rest
    if not result.left_out.get("before_start"):
        check_goods(made, books, result.documents, wanted)


def check_sums(document: Document) -> None:
    """The lines of a document sum to its totals, VAT and commission too."""
    signs = [-1 if line.section == "returns" else 1 for line in document.lines]

    def total(name: str) -> Decimal:
        return sum((sign * getattr(line, name) for sign, line in zip(signs, document.lines, strict=True)), ZERO)

    assert total("amount") == document.total
    assert total("vat_amount") == document.vat_total
    assert total("commission") == document.commission_total
    assert total("commission_vat") == document.commission_vat
    assert document.lines


def check_document(document: Document) -> None:
    """A document as it is booked: it sums up, and each line carries the VAT of its rate."""
    check_sums(document)
    assert len(document.selectors) == len(document.lines) or document.kind in ("other_income", "other_expense")
    for line in document.lines:
        held = None if line.vat_rate == "none" else Decimal(line.vat_rate)
        assert line.vat_amount == vat_inside(line.amount, held)
        for amount in (line.amount, line.vat_amount, line.commission, line.commission_vat):
            assert amount == kopecks(amount)


def check_goods(made: Made, books: Books, documents: Sequence[Document], wanted: Expected) -> None:
    """Pieces are exact by section, item and rate of the day; amounts within the kopecks that are shared out."""
    goods = [document for document in documents if document.kind in ("commission_report", "sale")]
    found: dict[tuple[str, str, str], tuple[Decimal, Decimal]] = {}
    for line in (line for document in goods for line in document.lines):
        place = line.section, line.item.ref, line.vat_rate
        old = found.get(place, (ZERO, ZERO))
        found[place] = old[0] + line.quantity, old[1] + line.amount
    by_hand = goods_of(made.said(), books)
    assert {place: pieces for place, (pieces, _) in found.items()} == {
        place: pieces for place, (pieces, _) in by_hand.items()
    }
    if wanted.sold:
        return
    near = KOPECK * (2 * len(made.rows) + sum(len(document.lines) for document in goods))
    for place, (_, amount) in by_hand.items():
        assert abs(found[place][1] - amount) <= near, place
    assert sum((document.total for document in goods), ZERO) == signed(wanted.goods)
    named = [document for document in documents if document.part.partition("|")[0] in ("commission", "points")]
    named = [document for document in named if document.kind in ("other_income", "other_expense")]
    if made.channel != "amazon" and not {row.kind for row in books.own} & {"commission"}:
        assert sum((document.commission_total for document in goods), ZERO) - effect(named) == wanted.kept()


# --- parts, order, reversal, correction, УПД --------------------------------------------------------------------------


def preview_agrees(found: Read, books: Books, result: Booked) -> bool:
    """True when the check that a report is held by agrees; what a person must decide on holds it anyway."""
    held = any(one.books in ("", "hold", "memo") and one.amount for one in result.applied)
    checks = document_checks(books, Amounts(found.summary, None, books.effects), result)
    return held or all(check.ok for check in checks)


def check_split(one: Booked, several: Booked) -> None:
    """Documents by month are together those of the whole report, with what was left out before the start."""
    assert effect(one.documents) + sum(one.left_out.values(), ZERO) == effect(several.documents) + sum(
        several.left_out.values(), ZERO
    )
    if not several.left_out.get("before_start"):
        for kind in ("commission_report", "sale"):
            assert summed(one.documents, kind) == summed(several.documents, kind)


def summed(documents: Sequence[Document], kind: str) -> Decimal:
    return sum((document.total for document in documents if document.kind == kind), ZERO)


def check_order(made: Made, books: Books, result: Booked) -> None:
    """The same rows in another order give the same documents; one line a row follows the rows by intent."""
    found = read(made, shuffled=True)
    again = booked(found, msgspec.structs.replace(books, summary=found.summary))
    assert [document.id for document in again.documents] == [document.id for document in result.documents]
    if books.settings.grouping != "none":
        assert [one.content_hash for one in again.documents] == [one.content_hash for one in result.documents]


def check_reversal(documents: Sequence[Document]) -> None:
    """A document and its mirror are nothing, in every field and line."""
    for document in documents:
        mirror = mirrored(SETTINGS, document, document.date, "РМ")
        assert effect([document, mirror]) == 0
        assert net([document, mirror]) == {}
        for name in ("total", "vat_total", "commission_total", "commission_vat"):
            assert getattr(document, name) + getattr(mirror, name) == 0
        for line, negative in zip(document.lines, mirror.lines, strict=True):
            for name in ("quantity", "amount", "vat_amount", "commission", "commission_vat"):
                assert getattr(line, name) + getattr(negative, name) == 0


def check_correction(profile: str, seed: int, size: int, found: Read, books: Books, after: Booked) -> None:
    """What was booked of an earlier issue and the corrections are the newest issue, by document, item and field."""
    earlier = BOOKED[profile](seed, size)
    chance = earlier.chance
    kept = [row for row in earlier.rows if chance.random() < 0.7]
    kept += [row for row in BOOKED[profile](seed + 1, 4).rows[2:] if profile != "ozon/realization"]
    earlier.rows[:] = kept or earlier.rows[:1]
    old = read(earlier)
    before = booked(old, msgspec.structs.replace(books, summary=in_time(old.summary, found.summary))).documents
    issue = Issue(installation="", prefix="РМ", report="second")
    made = corrections(issue, before, after.documents)
    assert effect(before) + effect(made) == effect(after.documents)
    assert fields([*before, *made]) == fields(after.documents)
    for document in made:
        check_sums(document)
    assert corrections(issue, [*before, *made], after.documents) == []


def in_time(summary: Summary, like: Summary) -> Summary:
    return msgspec.structs.replace(
        summary,
        period_from=like.period_from,
        period_to=like.period_to,
        date=like.date,
        number=like.number,
        type=like.type,
    )


def fields(documents: Sequence[Document]) -> dict[tuple[str, ...], list[Decimal]]:
    """Return every field summed by document and by section, item and rate; what is nothing is left out."""
    sums: dict[tuple[str, ...], list[Decimal]] = {}

    def add(place: tuple[str, ...], one: Document | DocumentLine, names: Sequence[str]) -> None:
        sums[place] = [was + getattr(one, name) for was, name in zip(sums.get(place, [ZERO] * 4), names, strict=True)]

    for document in documents:
        place = document.kind, document.part, document.contract
        add(place, document, ("total", "vat_total", "commission_total", "commission_vat"))
        for line in document.lines:
            named = line.item.ref or "/".join((line.item.article, line.item.name))
            add(
                (*place, line.section, named, line.vat_rate),
                line,
                ("amount", "vat_amount", "commission", "commission_vat"),
            )
    return {place: amounts for place, amounts in sums.items() if any(amounts)}


def check_upd(made: Made, books: Books, result: Booked) -> None:
    """Within the tolerance the documents carry the sums of the УПД and still net to the payout."""
    chance = made.chance
    actual = {
        "commission": sum((one.commission_total for one in result.documents), ZERO),
        "services": summed(result.documents, "service_receipt"),
    }
    more = {name: Decimal(chance.randint(-100, 100)) / 100 for name in actual}
    sums = {name: amount + more[name] for name, amount in actual.items() if amount}
    vat = {name: vat_inside(amount, Decimal(20)) for name, amount in sums.items()}
    one = Upd(report="u", number="1", date=books.summary.date, sums=sums, vat=vat)
    policy = Policy(mode="book", tolerance=Decimal("1.00"), without=())
    tied = tie(books, result.documents, [one], policy)
    assert effect(tied.documents) == effect(result.documents)
    for document in tied.documents:
        check_sums(document)
    if not tied.problems:
        carried = sum((document.commission_total for document in tied.documents), ZERO)
        receipts = summed(tied.documents, "service_receipt")
        assert (carried, receipts) == (
            sums.get("commission", actual["commission"]), sums.get("services", actual["services"]),
        )  # fmt: skip


# --- the tests --------------------------------------------------------------------------------------------------------

seeds = some.integers(0, 2**40)
sizes = some.integers(3, 30)


def check(profile: str, seed: int, size: int) -> None:
    """Prove everything about one random report."""
    made = BOOKED[profile](seed, size)
    found = read(made)
    check_rows(made, found)
    whole, divided = (books_of(made, found, period_split=split) for split in ("report_date", "sale_date"))
    one, several = booked(found, whole), booked(found, divided)
    for books, result in ((whole, one), (divided, several)):
        check_documents(made, books, result)
        assert preview_agrees(found, books, result)
    check_split(one, several)
    check_reversal([*one.documents, *several.documents])
    # a second reading costs most of the time: one half of the reports is shuffled, the other has an earlier issue
    if size % 2:
        check_order(made, *((whole, one) if size % 4 == 1 else (divided, several)))
    else:
        check_correction(profile, seed, size, found, divided, several)
    check_upd(made, divided, several)


@pytest.mark.parametrize("portion", range(PORTIONS))
@pytest.mark.parametrize("profile", BOOKED)
def test_rows_are_documents_and_named_rest_to_the_kopeck(profile: str, portion: int) -> None:
    @many(SHARES[profile])
    @given(seeds, sizes)
    def run(seed: int, size: int) -> None:
        check(profile, seed * PORTIONS + portion, size)

    run()


@pytest.mark.parametrize("profile", UNBOOKED)
def test_reports_without_documents_are_their_lines_and_totals(profile: str) -> None:
    @many(UNBOOKED_SHARE * PORTIONS)
    @given(seeds, sizes)
    def run(seed: int, size: int) -> None:
        made = UNBOOKED[profile](seed, size)
        found = read(made)
        check_rows(made, found)
        assert book(books_of(made, found), [], found.keys, catalogue(found.keys)).documents == []

    run()


def test_every_profile_has_its_random_reports() -> None:
    assert {**BOOKED, **UNBOOKED}.keys() == profiles().keys()
    assert sum(SHARES.values()) + UNBOOKED_SHARE * len(UNBOOKED) >= 100


@pytest.mark.parametrize(("profile", "seed", "size"), SEEN)
def test_what_once_failed(profile: str, seed: int, size: int) -> None:
    check(profile, seed, size)
