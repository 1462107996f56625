"""Every sample gives its expected file, through both engines, in any order and under any name."""

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.reports.reader import content, read, row_facts, stated_facts
from tests.samples import wildberries_files
from tests.samples.generate import HERE, expected_path, main, samples
from tests.samples.wildberries import LAYOUTS, Week, fill

SAMPLES = [path for path in sorted(HERE.rglob("*.*")) if expected_path(path).exists()]
ENGINES = ("calamine", "openpyxl")


def title(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.parent.name}/{path.name}"


def expected(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(expected_path(path).read_text("utf-8"))
    told.pop("facts", None)
    return told


def unpacked(path: Path) -> dict[str, bytes]:
    """Return the parts of a file: how well they are compressed depends on the machine."""
    if path.suffix != ".xlsx":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_there_are_samples_of_every_profile() -> None:
    assert {expected(path)["profile"] for path in SAMPLES} == {
        "amazon/settlement", "fns/upd", "generic", "ozon/accruals", "ozon/realization", "ozon/settlement",
        "wildberries/register", "wildberries/weekly_detail",
    }  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", SAMPLES, ids=title)
def test_a_sample_gives_its_expected_file(path: Path, engine: str) -> None:
    assert content(read(path, engine=engine)) == expected(path)


@pytest.mark.parametrize("path", [path for path in SAMPLES if path.suffix == ".xlsx"], ids=title)
def test_both_engines_give_the_same_lines(path: Path) -> None:
    first, second = (read(path, engine=engine) for engine in ENGINES)
    assert first.lines == second.lines
    assert first.keys == second.keys


def test_the_generator_writes_the_committed_samples_again(tmp_path: Path) -> None:
    for path, told in samples(tmp_path):
        committed = HERE / path.relative_to(tmp_path)
        assert unpacked(path) == unpacked(committed), f"{path.name}: run python -m tests.samples.generate"
        if told is not None:
            assert json.loads(json.dumps(told, default=str)) == json.loads(expected_path(committed).read_text("utf-8"))


def test_an_existing_expected_file_is_kept_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--into", str(tmp_path)])
    path = tmp_path / "generic/sales/month.csv.expected.json"
    path.write_text("{}", "utf-8")
    main(["--into", str(tmp_path)])
    assert path.read_text("utf-8") == "{}"
    assert "kept generic/sales/month.csv.expected.json" in capsys.readouterr().out
    main(["--into", str(tmp_path), "--force"])
    assert path.read_text("utf-8") == expected_path(HERE / "generic/sales/month.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("sheet", "records"),
    [
        ("2025_detail_467990214_2025-09-01_2025-09-07.xlsx", "2025_fin.json"),
        ("2025_detail_467990214_2025-09-01_2025-09-07.xlsx", "2025_v5.json"),
        ("2026_detail_612003417_2026-05-04_2026-05-10.xlsx", "2026_fin.json"),
        ("2026-09_detail_640118822_2026-09-07_2026-09-13.xlsx", "2026-09_fin.json"),
    ],
)
def test_a_wildberries_sheet_and_its_json_say_the_same(sheet: str, records: str) -> None:
    folder = HERE / "wildberries/weekly_detail"
    first, second = read(folder / sheet), read(folder / records)
    assert first.summary and second.summary
    assert content(first)["totals"] == content(second)["totals"]
    assert first.summary.content == second.summary.content


def test_an_ozon_sheet_and_its_json_say_the_same() -> None:
    folder = HERE / "ozon/realization"
    first, second = read(folder / "new_2025-10.xlsx"), read(folder / "new_2025-10.json")
    assert first.summary and second.summary
    assert content(first)["totals"] == content(second)["totals"]
    assert first.summary.content == second.summary.content


def test_an_empty_report_of_wildberries_is_recognised_and_waits_to_be_told_its_type() -> None:
    path = HERE / "wildberries/weekly_detail/empty_buyout.xlsx"
    given = {"number": "467990215", "period_from": "2025-09-01", "period_to": "2025-09-07"}
    found = read(path, **given)
    assert found.summary and found.summary.profile == "wildberries/weekly_detail"
    assert (found.codes(), found.lines) == (["report_empty"], [])


@pytest.mark.parametrize("register", sorted((HERE / "wildberries/register").glob("*.xlsx")), ids=lambda path: path.stem)
def test_every_weekly_detail_ties_to_its_register(register: Path) -> None:
    told = json.loads(expected_path(register).read_text("utf-8"))["facts"]
    control = read(register)
    details = {
        number: found
        for path in (HERE / "wildberries/weekly_detail").glob("*.xlsx")
        if (found := read(path)).summary and (number := found.summary.number) in told
    }
    assert details
    for number, detail in details.items():
        results, pending = detail.checks({"register": row_facts(control, number)})
        assert not pending
        assert [check.title for check in results if not check.ok] == []
        assert {check.code for check in results} >= {"register_payout", "register_sale", "register_for_pay"}


@pytest.mark.parametrize(("month", "name"), [("2025-10", "new_2025-10.xlsx"), ("2025-03", "old_2025-03.xlsx")])
def test_ozon_accruals_tie_to_the_realization_report_and_back(month: str, name: str) -> None:
    realization, accruals = read(HERE / "ozon/realization" / name), read(HERE / "ozon/accruals" / f"{month}.xlsx")
    for found, source, other in ((realization, "accruals", accruals), (accruals, "realization", realization)):
        results, pending = found.checks({source: stated_facts(other)})
        assert not pending
        assert [check.title for check in results if not check.ok] == []
        assert sum(check.code.startswith(source) for check in results) == 8


def test_without_the_other_report_its_checks_wait() -> None:
    _, pending = read(HERE / "ozon/accruals/2025-10.xlsx").checks()
    assert len(pending) == 8
    assert "Отчёт о реализации: Выручка" in pending


@pytest.mark.parametrize("layout", LAYOUTS["detail"])
def test_every_published_column_list_of_wildberries_is_known(layout: str, tmp_path: Path) -> None:
    week = fill(Week(layout, "500600700", date(2025, 6, 2)))
    path = tmp_path / wildberries_files.file_name(week)
    told = wildberries_files.write_detail(week, path)
    found = content(read(path, "wildberries"))
    assert found["totals"] == told["totals"]
    assert found["payout"] == told["payout"]
