"""Measure the import of a large report against the bare streaming read of the same file.

    python -m benchmarks.import_report [--rows 100000 1000000] [--database sqlite,postgresql] [--openpyxl] [--folder F]

Every measurement runs in a process of its own, one after another, so that memory is told apart and nothing is warm
that is cold in life. The import is what an upload does: checksum, parsing in its own process, storing, naming, then the
preview with links, documents and checks, until the report is *ready*. docs/performance.md has the results.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine_plus as calamine

from benchmarks.generate import erp_items, file_name, generate
from benchmarks.memory import peaks
from benchmarks.postgres import new_database, postgresql
from bridge.db import tables
from bridge.db.catalogue import add_items, bump
from bridge.db.migrate import upgrade
from bridge.db.session import Database
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.view_report import report_object
from bridge.settings import Settings, settings_from

Figures = dict[str, Any]
_MIB = 2**20


def bare_calamine(path: Path) -> int:
    """Read every row and do nothing with it."""
    book = calamine.CalamineWorkbook.from_path(path)
    count = 0
    for _row in book.stream_sheet_by_name(book.sheet_names[0]):
        count += 1
    return count


def bare_openpyxl(path: Path) -> int:
    """The same with the reader that XLSX files are usually read with."""
    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
    sheet.reset_dimensions()
    count = 0
    for _row in sheet.iter_rows(values_only=True):
        count += 1
    return count


def whole_import(path: Path, url: str) -> Figures:
    """Import the file into a database that knows its products, up to the state *ready*."""
    with tempfile.TemporaryDirectory(prefix="komitent-benchmark-", ignore_cleanup_errors=True) as folder:
        settings = settings_from({"KOMITENT_DATA": folder} | ({"KOMITENT_DATABASE_URL": url} if url else {}))
        database = _prepared(settings)
        begin, before = time.perf_counter(), os.times()
        upload = Upload(path=str(path), name=path.name, sha256=_sha256(path), size=path.stat().st_size)
        imported = import_report(database, settings, "shop", upload, "benchmark", no_progress)
        stored = time.perf_counter()
        report = report_object(database, settings, imported.report)
        seconds, after = time.perf_counter() - begin, os.times()
        database.close()
    if report["state"] != "ready" or report["unmapped"]["count"]:
        raise AssertionError(f"{report['state']}: {report['explain']}")
    return {"seconds": seconds, "stored": stored - begin, "rows": report["rows"]["total"], **_cpu(before, after)}


def _cpu(before: os.times_result, after: os.times_result) -> Figures:
    """Processor seconds of this process and of its children: they tell more than the clock where others work too."""
    own = after.user + after.system - before.user - before.system
    children = after.children_user + after.children_system - before.children_user - before.children_system
    return {"cpu": own, "child_cpu": children}


def _prepared(settings: Settings) -> Database:
    """Make a new database with one account and the ERP's items."""
    database = Database(settings.database_url)
    upgrade(database)
    with database.write() as connection:
        organization = {
            "name": "seller", "title": "Продавец", "inn": "7712345671", "kpp": "771201001", "tax_system": "general",
            "prefix": "КМ",
        }  # fmt: skip
        added = connection.execute(tables.organizations.insert().returning(tables.organizations.c.id), organization)
        account = {
            "name": "shop", "organization_id": added.scalar_one(), "channel": "wildberries", "title": "Магазин",
            "erp": {}, "settings": {},
        }  # fmt: skip
        connection.execute(tables.accounts.insert(), account)
        add_items(connection, erp_items())
        bump(connection)
    return database


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def measured(work: Callable[[], int | Figures]) -> Figures:
    """Run the work once: seconds, rows and peak memory."""
    with peaks() as found:
        begin, before = time.perf_counter(), os.times()
        done = work()
        seconds, after = time.perf_counter() - begin, os.times()
    figures = done if isinstance(done, dict) else {"rows": done - 1, "seconds": seconds, **_cpu(before, after)}
    return figures | {"parent": found.parent, "child": found.child, "together": found.together}


# --- every measurement in a process of its own -----------------------------------------------------------------------


def alone(kind: str, path: Path, url: str = "") -> Figures:
    """Measure one thing in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.import_report", "--only", kind, "--file", str(path), "--url", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: Figures = json.loads(done.stdout)
    return figures


def _only(kind: str, path: Path, url: str) -> Figures:
    if kind == "calamine":
        return measured(lambda: bare_calamine(path))
    if kind == "openpyxl":
        return measured(lambda: bare_openpyxl(path))
    return measured(lambda: whole_import(path, url))


def compare(rows: int, urls: dict[str, str], folder: Path, *, with_openpyxl: bool) -> None:
    """Measure one length of file and print its lines. The bare read is run before and after; the faster counts."""
    path = folder / file_name(rows)
    if not path.exists():
        generate(path, rows)
    before = alone("calamine", path)
    imports = {name: _alone_in_new(path, url) for name, url in urls.items()}
    bare = min(before, alone("calamine", path), key=lambda figures: float(figures["seconds"]))
    _print(f"bare read, {path.stat().st_size / _MIB:.0f} MiB file", bare, bare)
    for name, figures in imports.items():
        _print(f"import to ready, {name}", figures, bare, f"stored after {figures['stored']:.1f} s")
    if with_openpyxl:
        _print("bare read, openpyxl read-only", alone("openpyxl", path), bare)


def _alone_in_new(path: Path, server: str) -> Figures:
    if not server:
        return alone("import", path)
    with new_database(server) as url:
        return alone("import", path, url)


def _print(title: str, figures: Figures, bare: Figures, note: str = "") -> None:
    seconds, rows = figures["seconds"], figures["rows"]
    ratio = f"{seconds / bare['seconds']:.2f}x"
    cpu = f"{figures['cpu']:>7.1f} {figures['child_cpu']:>7.1f}"
    sizes = " ".join(f"{figures[name] / _MIB:>7.0f}" for name in ("parent", "child", "together"))
    print(f"{rows:>9,} {title:<34} {seconds:>8.1f} {ratio:>7} {seconds / rows * 1e6:>8.1f} {cpu} {sizes}  {note}")
    sys.stdout.flush()


def _head(urls: Iterable[str]) -> None:
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} CPUs, load {load}, Python {platform.python_version()}, databases: {', '.join(urls)}")
    print(f"{'':53} {'':16} {'CPU seconds':>15} {'peak memory, MiB':>23}")
    print(
        f"{'rows':>9} {'what':<34} {'seconds':>8} {'ratio':>7} {'us/row':>8} {'parent':>7} {'child':>7} "
        f"{'parent':>7} {'child':>7} {'both':>7}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--openpyxl", action="store_true", help="also openpyxl, at the first length of file")
    parser.add_argument("--folder", type=Path, help="keep the files there, and use those that are there already")
    parser.add_argument("--only", choices=("calamine", "openpyxl", "import"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(_only(chosen.only, chosen.file, chosen.url)))
        return
    with ExitStack() as stack:
        folder = chosen.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="komitent-benchmark-")))
        wanted = chosen.database.split(",")
        urls = {name: stack.enter_context(postgresql()) if name == "postgresql" else "" for name in wanted}
        _head(urls)
        for place, rows in enumerate(chosen.rows):
            compare(rows, urls, folder, with_openpyxl=chosen.openpyxl and place == 0)


if __name__ == "__main__":
    main()
