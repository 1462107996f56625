"""Headers are bound by their words, however they are spelled; positions mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reports.header import bind, normal
from reports.profile import profiles
from reports.reading import Cell, Table

DETAIL = profiles()["wildberries/weekly_detail"]
REALIZATION = profiles()["ozon/realization"]
GENERIC = profiles()["generic"]


def table(*rows: list[Cell]) -> Table:
    return Table(sheet="Sheet1", form="sheet", rows=lambda: iter(enumerate(rows, 1)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Размер  кВВ без НДС, % Базовый", "Размер кВВ без НДС, % базовый"),
        ("Промокод %", "Промокод, %"),
        ("Размер скидки лояльности от продавца,%", "Размер скидки лояльности от продавца, %"),
        ("Операции на приёмке", "Операции на приемке"),
        ("Компенсация платёжных услуг / Комиссия", "компенсация платежных услуг/комиссия"),
        ("Итого к начислению, руб.", "Итого к начислению, RUR"),
        ("Сумма итого, руб", "Сумма итого, руб."),
        ("Цена до скидок, руб., (справочно)", "Цена до скидок, (справочно)"),
        ("Всего начислено баллов:", "Всего начислено баллов"),
        ("\ufeff№ отчёта ", "№\u00a0отчета"),
        ("К перечислению\nПродавцу", "К перечислению Продавцу"),
    ],
)
def test_spellings_of_one_header_are_equal(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Цена розничная", "Цена розничная с учетом согласованной скидки"),
        ("Хранение", "Удержания"),
        ("Рублёвая зона", "Зона"),
        ("Размер кВВ, %", "Размер кВВ"),
    ],
)
def test_different_headers_stay_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@given(some.text(max_size=60))
def test_comparing_twice_is_comparing_once(header: str) -> None:
    assert normal(normal(header)) == normal(header)


@given(some.permutations(["Артикул", "Количество", "Сумма", "Тип", "Дата", "Вознаграждение"]))
def test_the_order_of_columns_means_nothing(headers: list[str]) -> None:
    given_table = table(list(headers))
    binding = bind(GENERIC, given_table, list(given_table.rows()))
    assert binding is not None
    assert {headers[place] for place in binding.columns.values()} == set(headers)
    assert binding.columns["amount"] == headers.index("Сумма")


def test_sub_headers_are_bound_under_their_group() -> None:
    top: list[Cell] = ["Артикул", "SKU", "Реализовано", None, None, "Возвращено клиентом", None]
    sub: list[Cell] = [
        None,
        None,
        "Реализовано на сумму, руб.",
        "Кол-во",
        "Баллы за скидки",
        "Баллы за скидки",
        "Кол-во",
    ]
    made = table(top, sub)
    binding = bind(REALIZATION, made, list(made.rows()))
    assert binding is not None
    assert binding.row == 2
    assert binding.columns["sold_quantity"] == 3
    assert binding.columns["sold_points"] == 4
    assert binding.columns["returned_points"] == 5
    assert binding.columns["returned_quantity"] == 6
    assert binding.headers[5] == "Возвращено клиентом: Баллы за скидки"


def test_a_sub_header_of_another_group_is_unknown() -> None:
    top: list[Cell] = ["Артикул", "SKU", "Реализовано", None, "Списано", None]
    sub: list[Cell] = [None, None, "Реализовано на сумму, руб.", "Кол-во", "Кол-во", "Баллы за скидки"]
    made = table(top, sub)
    binding = bind(REALIZATION, made, list(made.rows()))
    assert binding is not None
    assert binding.unknown == ("Списано: Кол-во", "Списано: Баллы за скидки")


def test_two_spellings_of_one_field_are_one_column_too_many() -> None:
    made = table(["Артикул", "Article", "Количество", "Сумма", "Тип"])
    binding = bind(GENERIC, made, list(made.rows()))
    assert binding is not None
    assert binding.twice == ("Article",)


def test_a_header_below_the_allowed_rows_is_not_found() -> None:
    headers: list[Cell] = ["Артикул", "Количество", "Сумма", "Тип"]
    note: list[Cell] = ["примечание"]
    for gap, found in ((29, True), (30, False)):
        made = table(*[note] * gap, headers)
        assert (bind(GENERIC, made, list(made.rows())) is not None) is found


def test_an_empty_report_of_wildberries_is_a_report() -> None:
    made = table(["№"])
    binding = bind(DETAIL, made, list(made.rows()))
    assert binding is not None
    assert binding.columns == {}
    made = table(["№"], ["1"])
    assert bind(DETAIL, made, list(made.rows())) is None
