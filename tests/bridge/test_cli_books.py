"""The calendar and the journal on the command line."""

import json
import zipfile
from pathlib import Path

from beancount import loader

from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.settings import Settings
from tests.api.conftest import ACCOUNT, ORGANIZATION, sales_csv
from tests.bridge.test_cli import Komitent, empty, environment, komitent

__all__ = ["empty", "environment", "komitent"]


def shop(environment: dict[str, str], tmp_path: Path) -> Path:
    """An account of a market, and a file of its sales in August 2025."""
    database = Database(f"sqlite:///{environment['KOMITENT_DATA']}/komitent.sqlite")
    settings = Settings(data=Path(environment["KOMITENT_DATA"]), database_url=database.url)
    put_organization(database, "romashka", Organization(**ORGANIZATION), "test")  # type: ignore[arg-type]
    put_account(database, settings, "market", AccountInput(**ACCOUNT), "test")  # type: ignore[arg-type]
    database.close()
    path = tmp_path / "sales.csv"
    path.write_bytes(sales_csv(("A-1", 2, "500.00")))
    return path


def test_the_calendar_tells_what_is_held_and_what_is_missing(
    komitent: Komitent, environment: dict[str, str], tmp_path: Path
) -> None:
    path = shop(environment, tmp_path)
    assert komitent("calendar").returncode == 0
    komitent("import", "market", str(path))
    done = komitent("calendar", "market", COLUMNS="160")
    assert done.returncode == 1
    assert "удержан" in done.stdout
    assert "нет отчёта" in done.stdout
    narrow = komitent("calendar", "market", COLUMNS="80").stdout
    assert "2025-08-01 –" in narrow and "2025-08-31" in narrow and "500.00" in narrow and "…" not in narrow
    slots = json.loads(komitent("calendar", "--json").stdout)["items"]
    assert (slots[0]["period_from"], slots[0]["state"]) == ("2025-08-01", "held")
    assert komitent("calendar", "none").stderr == "Учётной записи «none» нет\n"


def test_the_journal_is_printed_or_written(komitent: Komitent, environment: dict[str, str], tmp_path: Path) -> None:
    komitent("import", "market", str(shop(environment, tmp_path)))
    printed = komitent("journal", "market", "2025-08")
    assert printed.returncode == 0
    assert "; market: не проведён" in printed.stdout
    target = tmp_path / "month.beancount"
    assert komitent("journal", "market", "2025-08", "--output", str(target)).stdout == ""
    assert target.read_text("utf-8") == printed.stdout
    assert loader.load_file(str(target))[1] == []
    assert komitent("journal", "market", "2025-8").returncode == 1


def test_evidence_is_written_verified_and_a_change_is_named(
    komitent: Komitent, environment: dict[str, str], tmp_path: Path
) -> None:
    komitent("import", "market", str(shop(environment, tmp_path)))
    target = tmp_path / "month.zip"
    made = komitent("evidence", "market", "2025-08", str(target))
    assert (made.returncode, made.stderr) == (0, "")
    head = made.stdout.split()[-1]
    assert komitent("audit", "verify", "--head", head).returncode == 0
    good = komitent("evidence", "verify", str(target))
    assert (good.returncode, good.stderr) == (0, "")
    assert "цел. market, 2025-08" in good.stdout
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("more.txt", "x")
    bad = komitent("evidence", "verify", str(target))
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "Лишний файл: more.txt" in bad.stderr
    assert komitent("evidence", "market").returncode == 2
    assert komitent("evidence", "none", "2025-08", str(tmp_path / "no.zip")).returncode == 1
    assert not list(tmp_path.glob("no.zip*"))
