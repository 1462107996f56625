"""Bank statements of 1C's text format: what is read, in every encoding, and what is refused with its line."""

from datetime import date
from decimal import Decimal

import pytest

from reports.bank_statement import read_statement
from reports.problems import Refused
from tests.samples.closing import ACCOUNT, Paid, statement_text

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
PAID = [
    Paid("501", date(2026, 9, 15), "5000.00", purpose="Перечисление по отчёту 640118822; НДС = нет"),
    Paid("17", date(2026, 9, 20), "-100.50", inn="7701234560", name="Поставщик"),
]


def text(**said: str) -> str:
    return statement_text(PAID, FIRST, LAST, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("Windows", "cp1251"), ("DOS", "cp866"), ("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig"), ("Windows", "utf-8")],
)
def test_a_statement_is_read_in_the_encoding_of_its_letters(declared: str, encoding: str) -> None:
    found = read_statement(text(declared=declared).replace("«", "").replace("»", "").encode(encoding))
    assert (found.date_from, found.date_to, found.accounts) == ("2026-09-01", "2026-09-30", (ACCOUNT,))
    came, went = found.payments
    assert (came.date, came.number, came.amount, came.payer_inn) == ("2026-09-15", "501", Decimal(5000), "7704217370")
    assert came.purpose == "Перечисление по отчёту 640118822; НДС = нет"
    assert (went.amount, went.payer, went.payer_inn) == (Decimal("-100.50"), "Поставщик", "7701234560")


def test_payments_between_own_accounts_are_counted_and_are_nobodys() -> None:
    other = "40702810000000099999"
    section = f"СекцияРасчСчет\r\nРасчСчет={other}\r\nВсегоПоступило=0.00\r\nВсегоСписано=5000.00\r\nКонецРасчСчет\r\n"
    moved = statement_text([Paid("1", FIRST, "5000.00", account=other)], FIRST, LAST)
    found = read_statement(moved.replace("СекцияДокумент", f"{section}СекцияДокумент", 1).encode("cp1251"))
    assert (found.own_transfers, found.payments) == (1, ())


@pytest.mark.parametrize(
    ("old", "new", "row", "said"),
    [
        ("ВерсияФормата=1.03", "ВерсияФормата=2.00", 2, "2.00"),
        ("Кодировка=Windows", "Кодировка=KOI8", 3, "KOI8"),
        ("ДатаПоступило=15.09.2026", "ДатаПоступило=31.02.2026", 23, "31.02.2026"),
        ("ПлательщикИНН=7704217370", "ПлательщикИНН=770421", 25, "770421"),
        ("КонецДокумента", "КонецРасчСчет", 32, "КонецРасчСчет"),
        ("КонецДокумента\r\n", "", 32, "до конца прежней"),
        ("Номер=501", "просто текст", 19, "просто текст"),
        ("Номер=501", "Номер=501\r\nНомер=502", 20, "повторяется"),
        (f"ПолучательСчет={ACCOUNT}", "ПолучательСчет=1", 18, "ни плательщик"),
        ("КонецРасчСчет", "КонецРасчСчет\r\nПримечание=да", 18, "вне секции"),
        ("СекцияРасчСчет", "Секция", 9, "Секция"),
        ("Номер=501", "Номер=5\x0001", 19, "знак с кодом 0"),
    ],
)
def test_what_is_out_of_place_is_refused_with_its_line(old: str, new: str, row: int, said: str) -> None:
    data = text().replace(old, new, 1).encode("cp1251")
    with pytest.raises(Refused) as refused:
        read_statement(data)
    (found,) = refused.value.problems
    assert found.code == "statement_broken"
    assert said in found.found
    assert found.row == row


def test_a_purpose_may_hold_what_other_texts_take_for_the_end_of_a_line() -> None:
    purpose = "НДС \x0b 22% \u2028 и далее"
    paid = [Paid("1", FIRST, "1.00", purpose=purpose)]
    found = read_statement(statement_text(paid, FIRST, LAST, declared="UTF-8").encode())
    assert found.payments[0].purpose == purpose


@pytest.mark.parametrize("name", ["ВсегоПоступило", "ВсегоСписано", "КонечныйОстаток"])
def test_turnovers_must_be_those_of_the_documents(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read_statement(statement_text(PAID, FIRST, LAST, totals={name: "1.00"}).encode("cp1251"))
    assert any(name in found.found for found in refused.value.problems)


def test_an_account_section_may_leave_its_turnovers_out() -> None:
    totals = {"ВсегоПоступило": "", "ВсегоСписано": "", "КонечныйОстаток": ""}
    assert len(read_statement(statement_text(PAID, FIRST, LAST, totals=totals).encode("cp1251")).payments) == 2


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", "Выписка".encode(), b"1CClientBankExchange\r\n", b"\xff\xfe\x00"])
def test_another_file_is_no_statement(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_statement(data)
    assert refused.value.problems[0].code == "statement_type"
