"""The command line, as a person or a service runs it: in a process of its own."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.items import put_items
from bridge.flows.links import LinkInput, put_links
from bridge.settings import settings_from
from mappings.items import Item
from tests.api.conftest import ACCOUNT, ORGANIZATION, sales_csv

Komitent = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def empty(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation that does not exist yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KOMITENT_")}
    return {**kept, "KOMITENT_DATA": str(tmp_path / "data"), "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def environment(empty: dict[str, str], sqlite_template: Path) -> dict[str, str]:
    """The environment of an installation with a migrated, empty database."""
    data = Path(empty["KOMITENT_DATA"])
    data.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, data / "komitent.sqlite")
    return empty


@pytest.fixture
def komitent(environment: dict[str, str]) -> Komitent:
    """Run one command to its end."""

    def run(*words: str, stdin: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "bridge", *words],
            input=stdin, capture_output=True, encoding="utf-8", env={**environment, **more}, timeout=60, check=False,
        )  # fmt: skip

    return run


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running service and its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", env=environment,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"Komitent слушает http://127.0.0.1:{port}\n"
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stop(process: "subprocess.Popen[str]") -> float:
    """Ask the service to stop; returns how long it took. It ends well and says nothing more."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=10)
    assert (process.returncode, rest) == (0, "")
    return time.monotonic() - begun


def call(address: str, token: str = "", data: bytes | None = None, kind: str = "application/json") -> tuple[int, Any]:
    request = urllib.request.Request(address, data=data, headers={"Content-Type": kind})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def account(environment: dict[str, str]) -> None:
    """Make an account where the commands will find it."""
    settings = settings_from(environment)
    database = Database(settings.database_url)
    put_organization(database, "romashka", Organization(**ORGANIZATION), "test")  # type: ignore[arg-type]
    put_account(database, settings, "market", AccountInput(**ACCOUNT), "test")  # type: ignore[arg-type]
    database.close()


def test_a_token_is_printed_alone_and_opens_the_service(komitent: Komitent, environment: dict[str, str]) -> None:
    made = komitent("token", "create", "--name", "erp", "--role", "erp")
    assert (made.returncode, made.stderr) == (0, "")
    token = made.stdout.strip()
    assert made.stdout == f"{token}\n"
    again = komitent("token", "create", "--name", "erp", "--role", "erp")
    assert (again.returncode, again.stdout) == (1, "")
    with serving(environment) as (process, address):
        assert call(f"{address}/health") == (200, {"status": "ok", "version": "0.1.0", "database": "sqlite"})
        assert call(f"{address}/api/v1/reports")[0] == 401
        assert call(f"{address}/api/v1/reports", token)[0] == 200
        assert stop(process) < 10


def test_serve_makes_the_database_and_the_folder(empty: dict[str, str]) -> None:
    with serving(empty) as (process, _address):
        stop(process)
    data = Path(empty["KOMITENT_DATA"])
    assert (data / "komitent.sqlite").exists()
    if os.name == "posix":
        assert data.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", ["serve --port 0", "migrate", "token create --name a --role erp"])
def test_a_newer_database_is_refused(komitent: Komitent, environment: dict[str, str], command: str) -> None:
    path = Path(environment["KOMITENT_DATA"]) / "komitent.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    refused = komitent(*command.split())
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "более новой версией" in refused.stderr


def test_an_address_in_use_is_said(komitent: Komitent) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        refused = komitent("serve", "--port", str(listener.getsockname()[1]))
    assert refused.returncode == 1
    assert "занят" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_out_of_reach_is_said(komitent: Komitent) -> None:
    refused = komitent("migrate", KOMITENT_DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    assert refused.returncode == 1
    assert "База данных недоступна" in refused.stderr
    assert "secret" not in refused.stderr


def test_a_command_makes_the_database_when_there_is_none(komitent: Komitent, environment: dict[str, str]) -> None:
    (Path(environment["KOMITENT_DATA"]) / "komitent.sqlite").unlink()
    assert komitent("token", "create", "--name", "a", "--role", "erp").returncode == 0


def test_users(komitent: Komitent) -> None:
    create = ("user", "create", "--name", "Анна", "--role", "accountant", "--password-stdin")
    assert komitent(*create, stdin="short\n").returncode == 1
    assert komitent(*create, stdin="long enough\n").returncode == 0
    again = komitent(*create, stdin="long enough\n")
    assert (again.returncode, "уже есть" in again.stderr) == (1, True)


def test_profiles_are_listed(komitent: Komitent) -> None:
    listed = komitent("profiles", "check")
    assert listed.returncode == 0
    assert "generic\tgeneric\t" in listed.stdout


def test_import_says_what_became_of_each_file(komitent: Komitent, environment: dict[str, str], tmp_path: Path) -> None:
    account(environment)
    held, unknown = tmp_path / "август.csv", tmp_path / "unknown.csv"
    held.write_bytes(sales_csv(("A1", 1, "100.10")))
    unknown.write_text("a;b\n1;2\n", "utf-8")
    told = komitent("import", "market", str(held), "--number", "7")
    assert told.returncode == 1, told.stderr
    for part in ("август.csv: held", "100.10", "sale", "Проверки", "Документы"):
        assert part in told.stdout
    as_json = komitent("import", "market", str(held), str(unknown), str(tmp_path / "none"), "--json", "--number", "7")
    outcomes = json.loads(as_json.stdout)
    assert as_json.returncode == 2
    assert (outcomes[0]["already"], outcomes[0]["totals"]["revenue"]) == (True, "100.10")
    assert [outcome["problem"]["code"] for outcome in outcomes[1:]] == ["profile_none", "bad_input"]
    assert held.exists()
    assert not list(settings_from(environment).incoming.iterdir())
    assert komitent("import", "none", str(held)).returncode == 2


def test_import_shows_what_a_newer_issue_changes_before_anything_happens(
    komitent: Komitent, environment: dict[str, str], tmp_path: Path
) -> None:
    account(environment)
    first, second = tmp_path / "август.csv", tmp_path / "август снова.csv"
    first.write_bytes(sales_csv(("A1", 1, "100.10"), ("A2", 1, "70.00")))
    second.write_bytes(sales_csv(("A1", 2, "150.00"), ("A2", 1, "70.00"), ("A3", 1, "9.99")))
    said = ("--number", "7", "--period-from", "2025-08-01", "--period-to", "2025-08-31")
    assert komitent("import", "market", str(first), *said).returncode == 1
    told = komitent("import", "market", str(second), *said)
    assert told.returncode == 2
    words = [line.split() for line in told.stdout.splitlines()]
    assert "Строк 1 добавлено, 0 убрано, 1 изменено" in told.stdout
    assert ["Продажа", "100.10", "159.99", "0.00", "0.00"] in words
    assert ["2", "2", "Продажа", "100.10", "150.00", "0.00", "0.00"] in words
    assert ["4", "Продажа", "9.99", "0.00"] in words
    assert words[-1][-1] == "--correction"
    assert komitent("import", "market", str(second), "--correction", *said).returncode == 1


def linked(environment: dict[str, str], *links: LinkInput) -> str:
    """Write links as a person does; returns their set."""
    database = Database(settings_from(environment).database_url)
    put_items(database, [Item(ref="r-1", name="Чайник"), Item(ref="r-2", name="Кружка")], "user:anna")
    done: str = put_links(database, "market", "product", links, "user:anna")["set"]
    database.close()
    return done


def test_the_history_of_links_is_shown_taken_back_and_done_again(
    komitent: Komitent, environment: dict[str, str]
) -> None:
    account(environment)
    first = linked(environment, LinkInput(key="A-1", item="r-1"), LinkInput(key="A-2", item="r-1"))
    second = linked(environment, LinkInput(key="A-1", item="r-2", multiplier=3))
    shown = komitent("mappings", "history", "market", "product", "--key", "A-1")
    assert (shown.returncode, shown.stderr) == (0, "")
    newest, change, *_ = shown.stdout.splitlines()
    assert newest.startswith(second)
    assert "user:anna, вручную: 1" in newest
    assert change.strip() == "A-1: r-1 → r-2 ×3"
    refused = komitent("mappings", "undo", "market", "product", first)
    assert refused.returncode == 1
    assert "меняли после" in refused.stderr
    assert "«A-1»" in refused.stderr
    for set_id in (second, first):
        assert komitent("mappings", "undo", "market", "product", set_id).stdout.startswith("Отменено")
    assert "создано 2" in komitent("mappings", "redo", "market", "product", first).stdout
    found = json.loads(komitent("mappings", "history", "market", "product", "--json").stdout)
    assert [one["source"] for one in found["items"]] == ["redo", "undo", "undo", "person", "person"]


def test_matching_from_the_command_line_says_what_is_left(komitent: Komitent, environment: dict[str, str]) -> None:
    account(environment)
    assert komitent("mappings", "match", "market", "product").stdout == (
        "Связано 0, неоднозначных 0, без номенклатуры 0\n"
    )  # fmt: skip
    assert komitent("mappings", "match", "market", "warehouse").returncode == 1


def test_backup_and_restore(komitent: Komitent, environment: dict[str, str], tmp_path: Path) -> None:
    account(environment)
    data = Path(environment["KOMITENT_DATA"])
    (data / "credentials.key").write_bytes(b"k" * 32)
    report = tmp_path / "august.csv"
    report.write_bytes(sales_csv(("A1", 1, "100.10")))
    before = json.loads(komitent("import", "market", str(report), "--json").stdout)
    archive = tmp_path / "backup.zip"
    assert komitent("backup", str(archive)).returncode == 0
    with zipfile.ZipFile(archive) as opened:
        assert {"komitent.sqlite", "data/credentials.key"} < set(opened.namelist())
    elsewhere = {"KOMITENT_DATA": str(tmp_path / "elsewhere")}
    for _ in range(2):
        restored = komitent("restore", str(archive), **elsewhere)
        assert restored.returncode == 0, restored.stderr
    assert "before-restore-" in restored.stderr
    after = json.loads(komitent("import", "market", str(report), "--json", **elsewhere).stdout)
    assert after == [{**before[0], "already": True}]
    key = tmp_path / "elsewhere" / "credentials.key"
    assert key.read_bytes() == b"k" * 32
    if os.name == "posix":
        assert (key.stat().st_mode | archive.stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize("name", ["../evil", "data/../../evil", "/evil", "data\\evil", "C:evil"])
def test_a_strange_archive_is_not_restored(komitent: Komitent, tmp_path: Path, name: str) -> None:
    archive = tmp_path / "strange.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("komitent-backup.txt", "x")
        made.writestr(name, "x")
    refused = komitent("restore", str(archive))
    assert (refused.returncode, "неожиданное имя" in refused.stderr) == (1, True)
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("orderly", [True, False])
def test_an_import_survives_a_stop_and_a_start(environment: dict[str, str], komitent: Komitent, orderly: bool) -> None:
    """A long import is under way when the service is stopped or killed; the next start finishes it."""
    token = komitent("token", "create", "--name", "a", "--role", "admin").stdout.strip()
    account(environment)
    data = sales_csv(*((f"A{number}", 1, "1.00") for number in range(60_000)))
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="long.csv"\r\n\r\n' + data + b"\r\n--x--\r\n"
    with serving(environment) as (process, address):
        url = f"{address}/api/v1/accounts/market/reports?wait=0"
        status, waiting = call(url, token, body, "multipart/form-data; boundary=x")
        assert status == 202
        if orderly:
            assert stop(process) < 10
        else:
            process.kill()
    with serving(environment) as (_, address):
        deadline = time.monotonic() + 60
        job: dict[str, Any] = {}
        while job.get("state") not in {"done", "failed"} and time.monotonic() < deadline:
            job = call(f"{address}/api/v1/jobs/{waiting['job']}", token)[1]
            time.sleep(0.2)
        assert job["state"] == "done", job
        report = call(f"{address}/api/v1/reports/{job['result']['report']}", token)[1]
        assert (report["rows"]["total"], report["totals"]["revenue"]) == (60_000, "60000.00")


def test_a_worker_does_jobs_and_stops(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "worker"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        encoding="utf-8", env=environment,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "Komitent выполняет задания\n"
        assert stop(process) < 10
    finally:
        process.kill()
        process.communicate()


def test_settings_that_cannot_be_read_are_said(komitent: Komitent) -> None:
    refused = komitent("profiles", "check", KOMITENT_PORT="many")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)


def test_a_data_folder_belongs_to_one_service(environment: dict[str, str], komitent: Komitent, tmp_path: Path) -> None:
    archive = tmp_path / "copy.zip"
    assert komitent("backup", str(archive)).returncode == 0
    with serving(environment):
        for words in (("serve", "--port", "8719"), ("restore", str(archive))):
            refused = komitent(*words)
            assert refused.returncode == 1
            assert "занята" in refused.stderr
    assert komitent("restore", str(archive)).returncode == 0
