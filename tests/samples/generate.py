"""Writing every sample and its expected file: ``python -m tests.samples.generate [--force] [--demo FOLDER]``.

The samples are the same bytes every time. A sample is always written; an expected file that exists is kept unless
``--force`` is given, so that a change of what we expect is a deliberate act.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.samples import amazon, closing, generic, ozon, wildberries, wildberries_files
from tests.samples.goods import GOODS, Good
from tests.samples.ledger import write_expected
from tests.samples.wildberries import Week, fill

HERE = Path(__file__).parent
_MONDAYS_2026_08 = (date(2026, 8, 3), date(2026, 8, 10), date(2026, 8, 17), date(2026, 8, 24))


def weeks() -> dict[str, Week]:
    """Return the weekly details by the name of their layout; they tie to the registers."""
    return {
        "2022": fill(Week("2022", "182206134", date(2022, 6, 6))),
        "2024": fill(Week("2024", "240115078", date(2024, 1, 15))),
        "2024_july": fill(Week("2024", "461870055", date(2025, 7, 28)), corrections=False),
        "2025": fill(Week("2025", "467990214", date(2025, 9, 1))),
        "2026": fill(Week("2026", "612003417", date(2026, 5, 4))),
        "2026-09": fill(Week("2026", "640118822", date(2026, 9, 7), renamed=True)),
    }


def samples(folder: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    """Write every sample below a folder, giving its path and what a reader must find in it."""
    yield from _wildberries(folder / "wildberries")
    yield from _ozon(folder / "ozon")
    table = generic.Sales(date(2026, 5, 1))  # no VAT rate changed near it: a return asks for no sale
    yield _at(folder / "generic/sales/month.xlsx", generic.write_xlsx, table)
    yield _at(folder / "generic/sales/month.csv", generic.write_csv, table)
    american = amazon.Settlement("28800550121", date(2026, 7, 6))
    yield _at(folder / "amazon/settlement/usd.txt", amazon.write_settlement, american)
    european = amazon.Settlement("28800550122", date(2026, 7, 6), currency="EUR", orders=5)
    yield _at(folder / "amazon/settlement/eur.csv", amazon.write_settlement, european)
    yield from _closing(folder)


def _at(path: Path, write: Any, *given: Any) -> tuple[Path, dict[str, Any] | None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path, write(*given[:-1], given[-1], path)


def _wildberries(folder: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    details = weeks()
    for name, week in details.items():
        place = folder / "weekly_detail" / f"{name}_{wildberries_files.file_name(week)}"
        yield _at(place, wildberries_files.write_detail, week)
    for name, api in (("2025", "v5"), ("2025", "fin"), ("2026", "fin"), ("2026-09", "fin")):
        path = folder / "weekly_detail" / f"{name}_{api}.json"
        yield path, wildberries_files.write_json(details[name], path, api)
    path = folder / "weekly_detail" / "empty_buyout.xlsx"
    wildberries_files.write_empty_detail(path)
    yield path, None
    bought = wildberries.buyout_week("2025", "467990215", date(2025, 9, 1))
    groups = {
        "2025-08": [details["2024_july"], wildberries.buyout_week("2024", "461870056", date(2025, 7, 28))],
        "2025-09": [details["2025"], bought],
        "2026": [details["2026"], details["2026-09"]],
    }
    for layout, group in groups.items():
        yield _at(folder / "register" / f"{layout}.xlsx", wildberries_files.write_register, layout, group)


def _ozon(folder: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    months = {
        "old_2025-03": ozon.Month("old", "10500125", date(2025, 3, 1)),
        "new_2025-10": ozon.Month("new", "12700840", date(2025, 10, 1)),
        "orders_2025-11": ozon.Month("orders", "12900311", date(2025, 11, 1), rows=30),
        "short_2026-07": ozon.Month("short", "14700652", date(2026, 7, 1)),
    }
    for name, month in months.items():
        yield _at(folder / "realization" / f"{name}.xlsx", ozon.write_realization, month)
    yield _at(folder / "realization/new_2025-10.json", ozon.write_json, months["new_2025-10"])
    path = folder / "accruals" / "2025-10.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path, ozon.write_accruals(months["new_2025-10"], path)
    path = folder / "accruals" / "2025-03.xlsx"
    yield path, ozon.write_accruals(months["old_2025-03"], path, platform=False)


def _closing(folder: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    """Documents that a month is closed with: УПД of either generation, and the mutual settlement."""
    services = [
        ("Вознаграждение за реализацию товаров", "1230.50", "22"),
        ("Услуги по логистике товаров", "340.10", "22"),
        ("Услуги по хранению", "12.00", "22"),
    ]
    old = closing.Upd("У-118", date(2025, 9, 30), [("Услуги по продвижению", "600.00", "без НДС")], form="5.01")
    yield _at(folder / "fns/upd/5.03.xml", closing.write_upd, closing.Upd("УПД-77/26", date(2026, 9, 30), services))
    yield _at(folder / "fns/upd/5.01_one_line.xml", closing.write_upd, old)
    operations = [
        ("Реализация товаров", "Отчёт 14801177", date(2026, 9, 30), "9200.00"),
        ("Услуги", "УПД-77/26", date(2026, 9, 30), "-1582.60"),
        ("Перечисление по реестру", "Платёжное поручение 501", date(2026, 9, 15), "-5000.00"),
    ]
    month = closing.Settlement(date(2026, 9, 1), date(2026, 9, 30), "1000.00", operations)
    yield _at(folder / "ozon/settlement/2026-09.xlsx", closing.write_settlement, month)


def demo(folder: Path) -> None:
    """Write the month of ``komitent demo``: four weeks with their register, Ozon realization, accruals and items."""
    folder.mkdir(parents=True, exist_ok=True)
    month = [
        fill(
            Week("2026", str(630_500_101 + 6_007 * place), monday),
            sales=12 + 3 * place,
            corrections=place == 3,
            vary=True,
        )
        for place, monday in enumerate(_MONDAYS_2026_08)
    ]
    for week in month:
        wildberries_files.write_detail(week, folder / f"wb_{wildberries_files.file_name(week)}")
    wildberries_files.write_register("2026", month, folder / "wb_register_2026-08.xlsx")
    sold = ozon.Month("orders", "14801177", date(2026, 8, 1), rows=40)
    ozon.write_realization(sold, folder / "ozon_realization_2026-08.xlsx")
    ozon.write_accruals(sold, folder / "ozon_accruals_2026-08.xlsx")
    text = json.dumps([_item(place, good) for place, good in enumerate(GOODS, 1)], ensure_ascii=False, indent=1)
    (folder / "items.json").write_text(text + "\n", "utf-8")


def _item(place: int, good: Good) -> dict[str, Any]:
    """Return a good as an accounting system would name it."""
    return {
        "ref": f"5e0a1c00-0000-4000-8000-{place:012d}",
        "code": f"НФ-{place:08d}",
        "article": good.article,
        "name": good.name,
        "variant": "" if good.size == "0" else good.size,
        "barcodes": [good.barcode, f"OZN{good.sku}"],
        "unit": "шт",
        "vat_rate": "22%",
        "group": good.subject,
    }


def main(argv: list[str] | None = None) -> int:
    """Write all samples; tells which expected files were kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="write expected files anew")
    parser.add_argument("--into", type=Path, default=HERE, help="another folder than that of the samples")
    parser.add_argument("--demo", type=Path, help="write the month of the demo there instead")
    given = parser.parse_args(argv)
    if given.demo:
        demo(given.demo)
        return 0
    for path, expected in samples(given.into):
        if expected is not None and not write_expected(expected_path(path), expected, given.force):
            print(f"kept {expected_path(path).relative_to(given.into).as_posix()}")
    return 0


def expected_path(sample: Path) -> Path:
    """Return where the expected file of a sample lies."""
    return sample.with_name(f"{sample.name}.expected.json")


if __name__ == "__main__":
    raise SystemExit(main())
