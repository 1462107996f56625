"""Make a Wildberries weekly detail workbook of any length, and the ERP items that its products are.

    python -m benchmarks.generate 1000000 report.xlsx

The sheet is written as text straight into the ZIP, with the physical quirks of the real files: every text in a ``str``
cell of its own, empty texts as cells without a value, ``<dimension ref="A1">``, one ``Sheet1``. The mix of operations,
the share of empty columns and the width of a row follow a real week; the same seed gives the same file.
"""

import argparse
import random
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from mappings.items import Item

WEEK = date(2026, 10, 5)  # a Monday
PRODUCTS = 5_000
_BLOCK = 2_000

# The layout of 2026, without the optional columns that stand behind the eightieth. Source: published column lists.
HEADERS = (
    "№", "Номер поставки", "Предмет", "Код номенклатуры", "Бренд", "Артикул поставщика", "Название", "Размер", "Баркод",
    "Тип документа", "Обоснование для оплаты", "Дата заказа покупателем", "Дата продажи", "Кол-во", "Цена розничная",
    "Вайлдберриз реализовал Товар (Пр)", "Согласованный продуктовый дисконт, %", "Промокод, %",
    "Итоговая согласованная скидка, %", "Цена розничная с учетом согласованной скидки",
    "Размер снижения кВВ из-за рейтинга, %", "Размер изменения кВВ из-за акции, %", "Платформенные скидки, %",
    "Размер кВВ, %", "Размер кВВ без НДС, % Базовый", "Итоговый кВВ без НДС, %",
    "Вознаграждение с продаж до вычета услуг поверенного, без НДС", "Возмещение за выдачу и возврат товаров на ПВЗ",
    "Компенсация платёжных услуг/Комиссия за интеграцию платёжных сервисов",
    "Размер компенсации платёжных услуг/Комиссии за интеграцию платёжных сервисов, %",
    "Тип платежа: компенсация платёжных услуг/Комиссия за интеграцию платёжных сервисов",
    "Вознаграждение Вайлдберриз (ВВ), без НДС", "НДС с Вознаграждения Вайлдберриз",
    "К перечислению Продавцу за реализованный Товар", "Количество доставок", "Количество возврата",
    "Услуги по доставке товара покупателю", "Коэффициент логистики", "Дата начала действия фиксации",
    "Дата конца действия фиксации", "Признак услуги платной доставки", "Общая сумма штрафов",
    "Корректировка Вознаграждения Вайлдберриз (ВВ)", "Виды логистики, штрафов и корректировок ВВ", "Стикер МП",
    "Наименование банка-эквайера", "Номер офиса", "Наименование офиса доставки", "ИНН партнера", "Партнер", "Склад",
    "Страна", "Тип коробов", "Номер таможенной декларации", "Номер сборочного задания", "Код маркировки", "ШК", "Srid",
    "Возмещение издержек по перевозке/по складским операциям с товаром", "Организатор перевозки", "Хранение",
    "Удержания", "Операции на приемке", "Фиксированный коэффициент склада по поставке",
    "Признак продажи юридическому лицу", "Номер короба для обработки товара", "Скидка по программе софинансирования",
    "Скидка Wibes, %", "Компенсация скидки по программе лояльности", "Стоимость участия в программе лояльности",
    "Сумма баллов, удержанных по программе лояльности", "Id корзины заказа",
    "Разовое изменение срока перечисления денежных средств", "Id собственной акции продавца с дополнительной скидкой",
    "Размер дополнительной скидки по собственной акции продавца, %", "Способы продажи и тип товара",
    "Уникальный идентификатор скидки лояльности от продавца", "Размер скидки лояльности от продавца, %",
    "Id промокода", "Скидка за промокод, %",
)  # fmt: skip
# columns that hold text in every row; all others hold a number
_TEXTS = frozenset({
    2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 30, 38, 39, 40, 43, 44, 45, 47, 48, 49, 50, 51, 52, 53, 54, 55, 57, 59, 63, 64, 65,
    71, 75, 78,
})  # fmt: skip
_PRODUCT = (2, 3, 4, 5, 6, 7, 8)
_OFFICES = (
    "Ленинградская область Мурино улица Шувалова 1", "Москва проспект Вернадского 86",
    "Свердловская область Екатеринбург улица Малышева 5", "Республика Татарстан Казань улица Баумана 44",
)  # fmt: skip
_WAREHOUSES = ("Коледино", "Электросталь", "Казань", "Невинномысск", "Екатеринбург - Перспективная 14")
_DISCOUNTED = (50, 57, 61, 64, 68, 73, 77, 80)  # per cent of the price: a product sells at a handful of prices a week
_SUBJECTS = ("Пиджаки", "Платья", "Брюки", "Рубашки", "Куртки", "Джинсы", "Худи", "Юбки")
_SIZES = ("XS", "S", "M", "L", "XL")

Product = tuple[str, int, str, str, str, str, str, int]
Values = dict[int, Any]


def products(seed: int = 1) -> list[Product]:
    """Return subject, marketplace id, brand, article, title, size, barcode and price in roubles of every product."""
    rng = random.Random(seed)
    return [
        (
            subject := _SUBJECTS[no % len(_SUBJECTS)], 150_000_000 + no // len(_SIZES), "NORDWIND",
            f"NW-{no // len(_SIZES):05d}", f"{subject} из плотной ткани, модель {no // len(_SIZES)}",
            _SIZES[no % len(_SIZES)], str(2_040_000_000_000 + no * 7), rng.randrange(300, 15_000),
        )
        for no in range(PRODUCTS)
    ]  # fmt: skip


def erp_items(seed: int = 1) -> list[Item]:
    """Return the ERP's items for the products; the barcode is what links them."""
    return [
        Item(
            ref=f"00000000-0000-4000-8000-{no:012d}", code=f"НФ-{no:08d}", article=article, name=title, variant=size,
            barcodes=(barcode,), unit="шт", vat_rate="22", group=subject,
        )
        for no, (subject, _, _, article, title, size, barcode, _) in enumerate(products(seed))
    ]  # fmt: skip


def file_name(rows: int) -> str:
    """Return a name as the cabinet gives it: the report's number and its period."""
    return f"Еженедельный детализированный отчет №{700_000_000 + rows}_{WEEK}_{WEEK + timedelta(days=6)}.xlsx"


def generate(path: Path, rows: int, seed: int = 1) -> None:
    """Write a workbook with that many data rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for name, text in _PARTS.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_HEAD.encode())
            for block in _blocks(rows, seed):
                sheet.write(block.encode())
            sheet.write(b"</sheetData></worksheet>")


def _blocks(rows: int, seed: int) -> Iterator[str]:
    """Give the rows as XML, many at a time: small writes would cost more than the rows."""
    rng = random.Random(seed)
    goods = products(seed)
    kinds = list(_KINDS)
    weights = list(accumulate(share for share, _ in _KINDS.values()))
    templates = {kind: _template(kind) for kind in kinds}
    block = [_row_xml(1, dict(enumerate(HEADERS)), header=True)]
    for number in range(2, rows + 2):
        kind = rng.choices(kinds, cum_weights=weights)[0]
        values = _common(number, rows, rng) | _KINDS[kind][1](rng, rng.choice(goods))
        template, changing = templates[kind]
        block.append(template.replace("#", str(number)) % tuple(values[index] for index in changing))
        if len(block) >= _BLOCK:
            yield "".join(block)
            block = []
    yield "".join(block)


def _common(number: int, rows: int, rng: random.Random) -> Values:
    """What every row has of its own: counter, day (the week runs through the file), item number and srid."""
    day = WEEK + timedelta(days=(number - 2) * 7 // rows)
    return {0: number - 1, 12: day, 56: 10_000_000_000 + number * 13, 57: f"{rng.getrandbits(63):019d}.{number}.0"}


# --- what the operations fill in --------------------------------------------------------------------------------------


def _sold(rng: random.Random, product: Product) -> Values:
    """A sale or return: what is paid out is the price less commission, its VAT, delivery to the buyer, acquiring."""
    price = product[-1]
    amount = price * rng.choice(_DISCOUNTED) / 100
    reward = round(price * rng.uniform(0.01, 0.04), 3)
    acquiring = round(amount * 0.019, 2)
    commission = (amount * rng.uniform(0.05, 0.25) - reward - acquiring) / 1.22
    vat = round(commission * 0.22, 2)
    for_pay = round(amount - commission - vat - reward - acquiring, 2)
    return {
        **dict(zip(_PRODUCT, product, strict=False)), 14: price, 15: f"{amount:.2f}".rstrip("0").rstrip("."), 19: price,
        22: round(rng.uniform(5, 30), 2), 26: round(commission + reward, 2), 27: reward, 28: acquiring,
        31: commission, 32: vat, 33: for_pay, 46: 100_000 + rng.randrange(90_000),
        47: _OFFICES[rng.randrange(4)], 50: _WAREHOUSES[rng.randrange(5)], 55: _marking(rng),
    }  # fmt: skip


def _moved(rng: random.Random, product: Product) -> Values:
    return {
        **dict(zip(_PRODUCT, product, strict=False)), 36: rng.randrange(4_000, 30_000) / 100,
        46: 100_000 + rng.randrange(90_000), 47: _OFFICES[rng.randrange(4)], 50: _WAREHOUSES[rng.randrange(5)],
        55: _marking(rng),
    }  # fmt: skip


def _marking(rng: random.Random) -> str:
    return f"01029008635082{rng.randrange(100):02d}215Q&lt;{rng.getrandbits(40):010X}"


def _transport(rng: random.Random, product: Product) -> Values:
    cost = rng.randrange(500, 20_000) / 100
    return {8: product[6], 31: -cost / 1.22, 32: round(-cost / 1.22 * 0.22, 2), 58: cost}


def _pickup(rng: random.Random, _product: Product) -> Values:
    cost = round(rng.uniform(1, 20), 4)
    return {27: cost, 31: -cost / 1.22, 32: round(-cost / 1.22 * 0.22, 2)}


def _one(column: int, low: int, high: int) -> Callable[[random.Random, Product], Values]:
    return lambda rng, product: {**dict(zip(_PRODUCT, product, strict=False)), column: rng.randrange(low, high) / 100}


def _fee(column: int, low: int, high: int) -> Callable[[random.Random, Product], Values]:
    return lambda rng, _product: {column: rng.randrange(low, high) / 100}


# kind -> its share of the rows in thousandths, and what fills its row
_KINDS: dict[str, tuple[int, Callable[[random.Random, Product], Values]]] = {
    "logistics": (450, _moved),
    "sale": (250, _sold),
    "return": (40, _sold),
    "transport": (110, _transport),
    "pickup": (90, _pickup),
    "loyalty": (30, _one(68, 100, 20_000)),
    "acceptance": (10, _one(62, 100, 5_000)),
    "penalty": (5, _one(41, 1_000, 50_000)),
    "correction": (8, _one(33, 100, 3_000)),
    "storage": (5, _fee(60, 1_000, 500_000)),
    "deduction": (2, _fee(61, 10_000, 900_000)),
}
# kind -> the cells that are the same in every row of it
_FIXED: dict[str, Values] = {
    "logistics": {1: 26_009_662, 10: "Логистика", 34: 1, 37: 1.3, 43: "К клиенту при продаже", 51: "Россия"},
    "sale": {1: 26_009_662, 9: "Продажа", 10: "Продажа", 13: 1, 23: 29.5, 24: 24.58, 25: 7.42, 29: 1.9,
             30: "Перевыставление эквайринга", 45: "Вайлдберриз Банк", 51: "Россия", 52: "Микс"},
    "return": {1: 26_009_662, 9: "Возврат", 10: "Возврат", 13: 1, 23: 29.5, 24: 24.58, 25: 7.42, 29: 1.9,
               30: "Перевыставление эквайринга", 45: "Вайлдберриз Банк", 51: "Россия", 52: "Микс"},
    "transport": {10: "Возмещение издержек по перевозке/по складским операциям с товаром", 13: 1},
    "pickup": {9: "Продажа", 10: "Возмещение за выдачу и возврат товаров на ПВЗ"},
    "loyalty": {9: "Продажа", 10: "Компенсация скидки по программе лояльности"},
    "acceptance": {10: "Операции на приемке"},
    "penalty": {10: "Штраф", 43: "Подмена товара"},
    "correction": {9: "Продажа", 10: "Коррекция эквайринга"},
    "storage": {10: "Хранение"},
    "deduction": {10: "Удержание", 43: "Оказание услуг «ВБ.Продвижение»"},
}  # fmt: skip


def _template(kind: str) -> tuple[str, list[int]]:
    """Return the row of a kind with ``#`` for its number and ``%s`` for what changes, and the columns that change."""
    filled = _KINDS[kind][1](random.Random(0), products()[0])
    changing = sorted({*filled, *_common(2, 1, random.Random(0))})
    fixed: Values = {11: str(WEEK - timedelta(days=3)), 63: "0", 64: "Нет", **_FIXED[kind]}
    return _row_xml("#", fixed | dict.fromkeys(changing, "%s")), changing


def _row_xml(number: int | str, cells: Values, *, header: bool = False) -> str:
    style = ' s="1"' if header else ""
    found = []
    for index in range(len(HEADERS)):
        place = f'r="{_column(index)}{number}"{style}'
        if header or index in _TEXTS:
            text = cells.get(index, "")
            found.append(f'<c {place} t="str"><v>{escape(text)}</v></c>' if text else f'<c {place} t="str"></c>')
        else:
            found.append(f"<c {place}><v>{cells.get(index, 0)}</v></c>")
    return f'<row r="{number}">{"".join(found)}</row>'


def _column(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)


_XMLNS = "http://schemas.openxmlformats.org"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_HEAD = (
    f'{_DECLARATION}<worksheet xmlns="{_XMLNS}/spreadsheetml/2006/main"><dimension ref="A1"></dimension>'
    '<sheetViews><sheetView tabSelected="true" workbookViewId="0"></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"></sheetFormatPr><sheetData>'
)
_OFFICE = f"{_XMLNS}/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'{_DECLARATION}<Types xmlns="{_XMLNS}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"></Default>'
        '<Default Extension="xml" ContentType="application/xml"></Default>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"></Override>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"></Override>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"></Override></Types>'
    ),
    "_rels/.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_XMLNS}/package/2006/relationships">'
        f'<Relationship Id="rId1" Target="xl/workbook.xml" Type="{_OFFICE}/officeDocument"></Relationship>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        f'{_DECLARATION}<workbook xmlns="{_XMLNS}/spreadsheetml/2006/main" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"></sheet></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_XMLNS}/package/2006/relationships">'
        f'<Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="{_OFFICE}/worksheet"></Relationship>'
        f'<Relationship Id="rId2" Target="styles.xml" Type="{_OFFICE}/styles"></Relationship></Relationships>'
    ),
    "xl/styles.xml": (
        f'{_DECLARATION}<styleSheet xmlns="{_XMLNS}/spreadsheetml/2006/main"><fonts count="1"><font></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"></patternFill></fill></fills>'
        '<borders count="1"><border></border></borders>'
        '<cellStyleXfs count="1"><xf></xf></cellStyleXfs><cellXfs count="2"><xf></xf><xf></xf></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"></cellStyle></cellStyles></styleSheet>'
    ),
}


def main() -> None:
    """Write one workbook."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    generate(chosen.file, chosen.rows, chosen.seed)


if __name__ == "__main__":
    main()
