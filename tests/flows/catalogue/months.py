"""A month of sales on the shop's generic account: imported, looked at, posted."""

import hashlib
from pathlib import Path
from typing import Any

from bridge.db.session import Database
from bridge.flows.hand_over import document_object
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.post_report import post_report
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings

_HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип"


class Months:
    """Imports and posts reports of the shop."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database = database
        self.settings = settings
        self.folder = folder

    def add(self, *rows: str) -> str:
        """Import a table and return the id of its report. A row: article, day, amount, and what else it may have."""
        data = "\n".join([_HEADER, *(_row(*row.split()) for row in rows), ""]).encode()
        sha = hashlib.sha256(data).hexdigest()
        path = self.folder / sha
        path.write_bytes(data)
        upload = Upload(path=str(path), name="месяц.csv", sha256=sha, size=len(data))
        return import_report(self.database, self.settings, "shop", upload, "test", no_progress).report

    def look(self, report: str) -> dict[str, Any]:
        """Return the report as it stands now."""
        return report_object(self.database, self.settings, report)

    def lines(self, report: str) -> list[dict[str, Any]]:
        """Return the lines of the commissioner report in the preview."""
        (found,) = [
            one
            for one in report_documents(self.database, self.settings, report)["items"]
            if one["kind"] == "commission_report"
        ]
        lines: list[dict[str, Any]] = found["lines"]
        return lines

    def post(self, report: str) -> list[str]:
        """Post the report and return the ids of its documents."""
        posted = post_report(self.database, self.settings, report, self.look(report)["digest"], "test")
        return [one["id"] for one in posted["documents"]]

    def document(self, uid: str) -> dict[str, Any]:
        """Return a posted document."""
        return document_object(self.database, uid)


def _row(article: str, day: str, amount: str, count: str = "1", commission: str = "0", kind: str = "Продажа") -> str:
    return f"{article};;Товар {article};{count};;{amount};{commission};{day};{kind}"
