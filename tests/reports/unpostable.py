"""More broken files, and what a file alone cannot show: problems of documents for tie-out and of whole accounts."""

from datetime import date
from pathlib import Path

from reports.bank_statement import owner_problems, read_statement
from reports.checks import check_problems
from reports.lines import Stat, Summary
from reports.problems import Problem, Refused, problem
from reports.profile import profiles
from reports.scale import Period, scale_problems
from tests.reports.broken import case, detail, month, only, realization, wildberries
from tests.reports.reader import read
from tests.samples import closing
from tests.samples.amazon import Settlement, write_settlement
from tests.samples.book import sheet_xml, write_book

# --- the report as a whole --------------------------------------------------------------------------------------------


@case
def report_number_missing(folder: Path) -> Problem:
    rows = month()
    del rows[3]
    return realization("report_number_missing", folder, rows)


@case
def report_period_missing(folder: Path) -> Problem:
    rows = month()
    del rows[4]
    return realization("report_period_missing", folder, rows)


@case
def report_empty(folder: Path) -> Problem:
    return wildberries("report_empty", folder, detail()[:1])


@case
def report_empty__no_rows(folder: Path) -> Problem:
    return wildberries("report_empty", folder, [[]])


@case
def layout_incomplete(folder: Path) -> Problem:
    (path,) = (Path(__file__).parent.parent / "samples" / "ozon" / "realization").glob("short_*.xlsx")
    return only("layout_incomplete", path, "ozon")


@case
def footer_missing(folder: Path) -> Problem:
    rows = {number: cells for number, cells in month().items() if "Всего к начислению, (руб.):" not in cells}
    return realization("footer_missing", folder, rows)


@case
def report_number_damaged(folder: Path) -> Problem:
    made = Settlement("100988020532", date(2026, 7, 6))
    write_settlement(made, folder / "settlement.csv")
    text = (folder / "settlement.csv").read_text("utf-8").replace(made.number, "1,00988E+11")
    (folder / "settlement.csv").write_text(text, "utf-8")
    return only("report_number_damaged", folder / "settlement.csv", "amazon")


@case
def summary_missing(folder: Path) -> Problem:
    write_settlement(Settlement("28800550121", date(2026, 7, 6)), folder / "settlement.txt")
    header, _, *rows = (folder / "settlement.txt").read_text("utf-8").splitlines(keepends=True)
    (folder / "settlement.txt").write_text(header + "".join(rows), "utf-8")
    return only("summary_missing", folder / "settlement.txt", "amazon")


@case
def amazon_other(folder: Path) -> Problem:
    (folder / "v1.txt").write_text("settlement-id\ttotal-amount\tprice-type\tprice-amount\n1\t2.00\t\t\n", "utf-8")
    return only("amazon_other", folder / "v1.txt", "amazon")


@case
def amazon_other__xml(folder: Path) -> Problem:
    said = "<MessageType>SettlementReport</MessageType><Message><Order/><Order/></Message>"
    (folder / "settlement.xml").write_text(f"<AmazonEnvelope>{said}</AmazonEnvelope>", "utf-8")
    return only("amazon_other", folder / "settlement.xml", "amazon")


@case
def amazon_other__date_range(folder: Path) -> Problem:
    header = '"date/time","settlement id","type","order id","sku","total"'
    text = f'"Includes Amazon Marketplace"\n{header}\n"Jun 1","1","Order","2","A","9"\n'
    (folder / "month.csv").write_text(text, "utf-8")
    return only("amazon_other", folder / "month.csv", "amazon")


@case
def check_failed(folder: Path) -> Problem:
    rows = month()
    place = next(number for number, cells in rows.items() if "Всего к начислению, (руб.):" in cells)
    rows[place][2] = 1000
    write_book(folder / "realization.xlsx", {"Лист 1": sheet_xml(rows)})
    found = read(folder / "realization.xlsx", "ozon")
    assert not found.problems
    return check_problems(found.checks()[0])[0]


# --- documents that look like a УПД -----------------------------------------------------------------------------------


def like_upd(code: str, folder: Path, old: str, new: str) -> Problem:
    """Say something else in a good УПД."""
    upd = closing.Upd("УПД-77/26", date(2026, 9, 30), [("Вознаграждение", "1230.50", "22")])
    path = folder / "upd.xml"
    path.write_bytes(closing.upd_xml(upd, "utf-8").decode().replace(old, new).encode())
    return only(code, path, "ozon")


@case
def upd_of_buyer(folder: Path) -> Problem:
    text = '<?xml version="1.0" encoding="windows-1251"?><Файл ВерсФорм="5.03"><ИнфПок КНД="1115132"/></Файл>'
    (folder / "upd.xml").write_bytes(text.encode("cp1251"))
    return only("upd_of_buyer", folder / "upd.xml", "ozon")


@case
def upd_receipt(folder: Path) -> Problem:
    text = '<?xml version="1.0" encoding="windows-1251"?><Файл ИдФайл="DP_IZVPOL_1_2"><Документ КНД="1"/></Файл>'
    (folder / "receipt.xml").write_bytes(text.encode("cp1251"))
    return only("upd_receipt", folder / "receipt.xml", "ozon")


@case
def upd_correcting(folder: Path) -> Problem:
    return like_upd("upd_correcting", folder, 'КНД="1115131"', 'КНД="1115127"')


@case
def upd_of_agent(folder: Path) -> Problem:
    return like_upd("upd_of_agent", folder, 'Функция="СЧФДОП"', 'Функция="СвРК"')


# --- bank statements --------------------------------------------------------------------------------------------------


def statement(code: str, old: str, new: str) -> Problem:
    """Say something else in a good statement of one payment."""
    paid = [closing.Paid("501", date(2026, 9, 15), "5000.00")]
    text = closing.statement_text(paid, date(2026, 9, 1), date(2026, 9, 30))
    try:
        read_statement(text.replace(old, new, 1).encode("cp1251"))
    except Refused as refused:
        (found,) = refused.problems
        assert found.code == code
        return found
    raise AssertionError("the statement was read")


@case
def statement_type(folder: Path) -> Problem:
    return statement("statement_type", "1CClientBankExchange", "Выписка по счёту")


@case
def statement_broken(folder: Path) -> Problem:
    return statement("statement_broken", "Сумма=5000.00", "Сумма=5 000,00")


@case
def statement_broken__torn(folder: Path) -> Problem:
    return statement("statement_broken", "КонецФайла", "")


@case
def statement_totals(folder: Path) -> Problem:
    return statement("statement_totals", "Сумма=5000.00", "Сумма=4999.00")


@case
def statement_owner(folder: Path) -> Problem:
    paid = [closing.Paid("501", date(2026, 9, 15), "5000.00")]
    text = closing.statement_text(paid, date(2026, 9, 1), date(2026, 9, 30))
    (found,) = owner_problems(read_statement(text.encode("cp1251")), "5003012349")
    return found


# --- what a file alone cannot show ------------------------------------------------------------------------------------


@case
def treatment_missing(folder: Path) -> Problem:
    return problem("treatment_missing", column="Прочие удержания «Новая услуга»", found="-1500.00")


@case
def treatment_hold(folder: Path) -> Problem:
    return problem("treatment_hold", column="Компенсации", found="800.00")


@case
def pieces_missing(folder: Path) -> Problem:
    return problem("pieces_missing", found="«00012045» на 40.00, «SU-NOSKI» на 12.50")


@case
def type_unknown(folder: Path) -> Problem:
    return problem("type_unknown", found="4")


@case
def currency_unexpected(folder: Path) -> Problem:
    return problem("currency_unexpected", found="KZT", expected="RUB")


@case
def before_start(folder: Path) -> Problem:
    return problem("before_start", found="2025-12-28", expected="2026-01-01")


@case
def start_inside(folder: Path) -> Problem:
    return problem("start_inside", found="5450334.35", expected="2025-02-15")


def compared(code: str, column: str, factor: int) -> Problem:
    """Two weeks of six rows each, the second with other numbers in one column."""
    stats = [Stat("delivery_rub", "logistics", column, 6, 0, 72, 36000)]
    digits = 72 + 6 * (abs(factor).bit_length() - 1)
    now = [Stat("delivery_rub", "logistics", column, 6, 6 if factor < 0 else 0, digits, 36000 * factor)]
    before, after = (Summary(profile="", form="sheet", stats=tuple(each)) for each in (stats, now))
    profile = profiles()["wildberries/weekly_detail"]
    period = Period(summary=before, trusted=True, confirmed=lambda _: False)
    return next(each for each in scale_problems(profile, after, [period]) if each.code == code)


@case
def scale_changed(folder: Path) -> Problem:
    return compared("scale_changed", "Услуги по доставке товара покупателю", 100)


@case
def sign_flipped(folder: Path) -> Problem:
    return compared("sign_flipped", "Услуги по доставке товара покупателю", -1)


@case
def column_gone(folder: Path) -> Problem:
    return problem("column_gone", column="Хранение", details="строк не меньше 7, сумма 803.17")


@case
def rows_fewer(folder: Path) -> Problem:
    return problem("rows_fewer", found=90, expected="100", details="было 100, стало 90")


@case
def periods_overlap(folder: Path) -> Problem:
    return problem("periods_overlap", found="отчёт 70031 за 2026-02-03..2026-02-03, дни 2026-02-03..2026-02-03")


@case
def days_taken(folder: Path) -> Problem:
    return problem("days_taken", found="отчёт 70031 за 2026-02-03..2026-02-03, дни 2026-02-03..2026-02-03")


@case
def report_zero(folder: Path) -> Problem:
    return problem("report_zero", found="строк с операциями 12, сумма 0.00")


@case
def products_unlinked(folder: Path) -> Problem:
    return problem("products_unlinked", found="2: 00012045, SU-NOSKI")


@case
def return_sale_unknown(folder: Path) -> Problem:
    return problem("return_sale_unknown", sheet="Sheet1", row=14, found="2 на сумму 2400.00, строки 14, 31")


@case
def services_unlinked(folder: Path) -> Problem:
    return problem("services_unlinked", found="2: «Хранение» на 80.17, «Вознаграждение» на 211.40")


@case
def products_ambiguous(folder: Path) -> Problem:
    return problem("products_ambiguous", found="1: 7001")


@case
def party_differs(folder: Path) -> Problem:
    return problem("party_differs", found="покупатель 5003012349", expected="ИНН организации 7712345671")


@case
def upd_differs(folder: Path) -> Problem:
    said = "УПД 1230.50, документы 1227.00, разница 3.50"
    return problem("upd_differs", column="вознаграждение", found=said, expected="Разница не больше 1.00")


@case
def upd_vat_differs(folder: Path) -> Problem:
    said = "УПД 0.00, документы 61.33, разница -61.33"
    return problem("upd_vat_differs", column="НДС услуг", found=said, expected="Разница не больше 1.00")


@case
def upd_missing(folder: Path) -> Problem:
    return problem("upd_missing", found="вознаграждение, с 2026-09-01 по 2026-09-30")


@case
def month_closed(folder: Path) -> Problem:
    return problem("month_closed", found="2026-01-31", expected="Дата с 2026-02-01")


PINNED = Path(__file__).with_name("problems.txt")
