"""The demonstration: one command shows a whole month, and touches nothing but its own folder."""

from pathlib import Path

import pytest

from bridge.demo import run_demo
from tests.reports.test_samples import unpacked
from tests.samples.generate import demo

DATA = Path(__file__).parents[1] / "bridge/demo_data"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def test_the_month_ties_and_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(["--data", str(tmp_path / "demo")]) == 0
    shown = capsys.readouterr().out
    for said in (
        "Отчёт комиссионера о продажах",
        "Реестр: Итого к оплате",
        "Начисления: Выручка",
        "Месяц сходится до 0,00",
    ):
        assert said in shown
    assert "готов к проведению" in shown
    assert "│ удержан " not in shown
    assert "http://127.0.0.1:8710/" in shown
    assert list((tmp_path / "demo/incoming").iterdir()) == []


def test_a_second_run_begins_anew_or_keeps_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    for words in ([], [], ["--keep"]):
        assert run_demo(["--data", str(folder), *words]) == 0
    assert "Месяц сходится до 0,00" in capsys.readouterr().out


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "книга.xlsx").write_text("моё", "utf-8")
    assert run_demo(["--data", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["книга.xlsx"]
    assert "создана не демонстрацией" in capsys.readouterr().out.replace("\n", " ")


def test_the_bundled_month_is_what_the_generator_writes(tmp_path: Path) -> None:
    demo(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        path.name for path in DATA.iterdir() if path.suffix in (".xlsx", ".json")
    }
    for path in tmp_path.iterdir():
        again = "run python -m tests.samples.generate --demo bridge/demo_data"
        assert unpacked(path) == unpacked(DATA / path.name), f"{path.name}: {again}"
