"""Lines of services, other income and expense and settlements carry the item that the table of services names."""

from datetime import date
from decimal import Decimal

import msgspec

from mappings.items import Item
from mappings.links import Catalogue, Link
from mappings.services import ServiceLinks
from reports.booking import book
from reports.books import Books, Group
from reports.correction import Issue, corrections
from reports.documents import Document, DocumentItem
from reports.treatments import Treatment
from tests.reports.test_booking import BOOKS, KEYS, charged, sold, with_settings

ITEM = Item(ref="s-1", code="00-1", article="DLV", name="Услуга доставки", variant="в.1", is_service=True)
OTHER = Item(ref="s-2", name="Прочее", is_service=True)
AS_ITEM = DocumentItem(ref="s-1", code="00-1", article="DLV", name="Услуга доставки", variant="в.1")


def linked(*pairs: tuple[str, str], books: Books = BOOKS) -> Books:
    known = ServiceLinks([ITEM, OTHER], [Link(key=key, item=item) for key, item in pairs])
    return msgspec.structs.replace(books, services=known)


def named(kind: str, service: str, amount: str) -> Group:
    return msgspec.structs.replace(charged(kind, amount), service=service)


def made(books: Books, *groups: Group) -> list[Document]:
    return book(books, groups, KEYS, Catalogue([], [])).documents


def items(documents: list[Document], kind: str) -> dict[str, str]:
    return {line.service: line.item.ref for one in documents if one.kind == kind for line in one.lines}


def test_a_line_carries_the_item_of_its_name_else_of_its_kind() -> None:
    books = linked(("logistics", "s-1"), ("обратная логистика", "s-2"))
    documents = made(books, named("logistics", "Обратная  логистика", "30"), named("logistics", "К клиенту", "100"))
    assert items(documents, "service_receipt") == {"К клиенту": "s-1", "Обратная  логистика": "s-2"}
    (receipt,) = [one for one in documents if one.kind == "service_receipt"]
    assert receipt.lines[0].item == AS_ITEM


def test_fines_compensations_and_loans_carry_items_too_by_the_titles_of_their_kinds() -> None:
    books = linked(("Штрафы", "s-1"), ("компенсации", "s-2"), ("Погашение займов", "s-1"))
    documents = made(books, charged("penalty", "5"), charged("compensation", "7"), charged("loan", "9"))
    assert items(documents, "other_expense") == {"Штрафы": "s-1"}
    assert items(documents, "other_income") == {"Компенсации": "s-2"}
    assert items(documents, "debt_offset") == {"Погашение займов": "s-1"}


def test_a_deduction_is_known_by_the_kind_it_is_booked_as_or_by_the_part_of_the_accounts_own_row() -> None:
    own = (
        Treatment(kind="deduction", service="бонус", books="other", valid_from=date(2004, 1, 1), own=True),
    )  # fmt: skip
    books = linked(("promotion", "s-1"), ("deduction:бонус", "s-2"), books=msgspec.structs.replace(BOOKS, own=own))
    numbered = "Оказание услуг «ВБ.Продвижение», документ №304137708"
    documents = made(books, named("deduction", numbered, "50"), named("deduction", "Бонус №5", "20"))
    assert items(documents, "service_receipt") == {numbered: "s-1"}
    assert items(documents, "other_expense") == {"Бонус №5": "s-2"}


def test_what_is_not_linked_keeps_its_name_and_an_unknown_text_becomes_the_name() -> None:
    documents = made(linked(("storage", "Статья «Хранение»")), charged("storage", "3"), charged("acceptance", "4"))
    lines = {line.service: line.item for one in documents if one.kind == "service_receipt" for line in one.lines}
    assert lines == {"Хранение": DocumentItem(name="Статья «Хранение»"), "Приёмка": DocumentItem(name="Приёмка")}


def test_the_offset_names_receipts_whatever_is_linked() -> None:
    (offset,) = [one for one in made(linked(("storage", "s-1")), charged("storage", "3")) if one.kind == "debt_offset"]
    assert [line.item for line in offset.lines] == [DocumentItem(name="Услуги: Хранение")]


def test_the_link_of_the_days_of_the_document_counts() -> None:
    known = ServiceLinks([ITEM, OTHER], [
        Link(key="storage", item="s-1", valid_to=date(2026, 6, 30)),
        Link(key="storage", item="s-2", valid_from=date(2026, 7, 1)),
    ])  # fmt: skip
    books = msgspec.structs.replace(with_settings(period_split="sale_date"), services=known)
    documents = made(books, charged("storage", "10", "2026-06-30"), charged("storage", "3", "2026-07-01"))
    found = [(one.date, one.lines[0].item.ref) for one in documents if one.kind == "service_receipt"]
    assert found == [("2026-06-30", "s-1"), ("2026-07-05", "s-2")]


def test_the_commissioner_report_names_the_item_of_its_commission() -> None:
    (document,) = made(linked(("commission", "s-1")), sold("100", "10"))
    assert document.service_item == AS_ITEM
    (bare,) = made(BOOKS, sold("100", "10"))
    assert bare.service_item is None
    assert document.content_hash != bare.content_hash
    assert document.id == bare.id


def test_a_correction_after_a_link_speaks_only_of_the_money() -> None:
    issue = Issue(installation="", prefix="РМ", report="2")
    before = made(BOOKS, charged("storage", "10"))
    after = made(linked(("storage", "s-1")), charged("storage", "12"))
    receipt = next(one for one in corrections(issue, before, after) if one.kind == "service_receipt")
    assert [(line.item, line.service, line.amount) for line in receipt.lines] == [
        (AS_ITEM, "Хранение", Decimal("2.00"))
    ]
    assert corrections(issue, before, made(linked(("storage", "s-1")), charged("storage", "10"))) == []
