"""The workbook of a long table of links: export, upload with its diff, all rows right and all rows wrong.

    python -m benchmarks.workbook [--rows 50000]

Every step is measured in a process of its own, with the peak memory of it and of its reading process together.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import openpyxl

from benchmarks.memory import peaks
from bridge.db.migrate import upgrade
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.catalogue import put_items, put_links
from bridge.flows.links import LinkInput
from bridge.flows.workbook_diff import diff, write_copy
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from bridge.settings import Settings
from mappings.items import Item
from reports.limits import Limits

_MIB = 2**20


def main() -> None:
    """Measure every step and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--step", default="")
    parser.add_argument("--folder", type=Path)
    said = parser.parse_args()
    if said.step:
        print(json.dumps(_measured(said.step, said.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="komitent-workbook-") as folder:
        _prepare(Path(folder), said.rows)
        for step in ("export", "unchanged", "right", "wrong", "copy", "apply"):
            command = [sys.executable, "-m", "benchmarks.workbook", "--step", step, "--folder", folder]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            figures = f"{found['seconds']:6.1f} s {found['cpu']:6.1f} s cpu {found['memory'] / _MIB:5.0f} MiB"
            print(f"{step:10} {figures}  {found['told']}", flush=True)
            if step == "export":
                _edit(Path(folder))


def _measured(step: str, folder: Path) -> dict[str, Any]:
    database = Database(f"sqlite:///{(folder / 'komitent.sqlite').as_posix()}")
    begin = time.perf_counter()
    with peaks() as found:
        told = _step(step, folder, database)
    seconds = time.perf_counter() - begin
    cpu = sum(os.times()[:4])
    database.close()
    return {"seconds": seconds, "cpu": cpu, "memory": found.together, "told": told}


def _step(step: str, folder: Path, database: Database) -> str:
    if step == "export":
        export_workbook(database, "shop", "product", folder / "book.xlsx")
        return f"{(folder / 'book.xlsx').stat().st_size / _MIB:.1f} MiB"
    name = {"unchanged": "book", "copy": "wrong", "apply": "right"}.get(step, step)
    path = folder / f"{name}.xlsx"
    dry_run = step != "apply"
    with opened_sheet(path, path.name, Limits()) as sheet:
        uploaded = upload(database, sheet, "shop", "product", "benchmark", dry_run=dry_run)
        if step == "copy":
            write_copy(database, uploaded, sheet, folder / "copy.xlsx")
        return str(diff(uploaded, sheet, dry_run=dry_run, limit=1000)["counts"])


def _prepare(folder: Path, rows: int) -> None:
    database = Database(f"sqlite:///{(folder / 'komitent.sqlite').as_posix()}")
    upgrade(database)
    settings = Settings(data=folder, database_url=database.url)
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "benchmark")
    put_account(database, settings, "shop", AccountInput(organization="romashka", channel="generic"), "benchmark")
    items = [
        Item(
            ref=f"ref-{number:06d}",
            article=f"A-{number:06d}",
            name=f"Товар номер {number}",
            variant=f"размер {number % 9}",
        )
        for number in range(rows)
    ]
    put_items(database, items, "benchmark")
    links = [LinkInput(key=f"{number:013d}", item=f"ref-{number:06d}") for number in range(rows)]
    put_links(database, "shop", "product", links, "benchmark")
    database.close()


def _edit(folder: Path) -> None:
    """Change every row of the exported workbook: all rightly, all wrongly."""
    book = openpyxl.load_workbook(folder / "book.xlsx", read_only=True)
    rows = [list(cells) for cells in book.worksheets[0].iter_rows(values_only=True)]
    header = list(rows[2])
    item, pieces = header.index("Номенклатура"), header.index("Штук в 1")
    for name in ("right", "wrong"):
        made = openpyxl.Workbook(write_only=True)
        sheet = made.create_sheet("Товары")
        for number, cells in enumerate(rows):
            changed = list(cells)
            if number > 2:
                changed[pieces] = 2 if name == "right" else 0
                changed[item] = cells[item] if name == "right" else f"нет-{number}"
            sheet.append(changed)
        made.save(folder / f"{name}.xlsx")


if __name__ == "__main__":
    main()
