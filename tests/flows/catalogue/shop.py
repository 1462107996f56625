"""What the tests of the catalogue share: a shop with two items, and reports stored without a file."""

from typing import Any

from sqlalchemy import func, insert, select

from bridge.db.session import Database
from bridge.db.tables import accounts, basis, events, lines, report_keys, reports
from bridge.flows.catalogue import Organization
from mappings.items import Item, ProductKey

WHO = "user:anna"
COMPANY = Organization(title="ООО Ромашка", inn="7707083893", kpp="770701001", tax_system="general", prefix="РО")
TRADER = Organization(title="ИП Иванов", inn="500100732259", tax_system="usn")
SHIRT = Item(ref="r-shirt", code="01", article="SHIRT", name="Рубашка Ёлочка", barcodes=("460",), vat_rate="20")
MUG = Item(ref="r-mug", code="02", article="MUG", name="Кружка", barcodes=("461", "462"), vat_rate="10")


def counted(database: Database) -> int:
    """How many changes were counted so far."""
    with database.read() as connection:
        return int(connection.execute(select(basis.c.count)).scalar_one())


def events_of(database: Database, what: str) -> list[Any]:
    with database.read() as connection:
        query = select(events.c.who, events.c.subject, events.c.detail).where(events.c.what == what)
        return [tuple(row) for row in connection.execute(query.order_by(events.c.id))]


def add_report(
    database: Database, account: str, keys: list[ProductKey], sold: list[tuple[int, str, int, int, str]], **values: Any
) -> int:
    """Store a report: product keys, and lines of (key number, day, thousandths, kopecks, rest)."""
    with database.write() as connection:
        owner = connection.execute(select(accounts.c.id).where(accounts.c.name == account)).scalar_one()
        number = connection.execute(select(func.count()).select_from(reports)).scalar_one()
        row = {
            "uid": f"report-{number}", "account_id": owner, "profile": "generic.sales", "identity": str(number),
            "state": "held", "content": "", "file_name": "", "file_sha256": "", "file_size": 0,
            "received_at": func.now(), "number": "",
            "summary": {"period_to": "2026-10-31"}, "problems": [], "preview": {}, "preview_at": 0, **values,
        }  # fmt: skip
        report = int(connection.execute(insert(reports).values(row).returning(reports.c.id)).scalar_one())
        for no, key in enumerate(keys):
            parts = {name: getattr(key, name) for name in key.__struct_fields__}
            connection.execute(insert(report_keys).values(report_id=report, no=no, **parts))
        for no, (key_no, day, quantity, amount, rest) in enumerate(sold):
            line = {
                "report_id": report, "no": no, "sheet": 0, "row": no + 2, "kind": "sale", "section": "sale",
                "operation": "", "service": "", "key": key_no, "date": day, "quantity": quantity, "amount": amount,
                "commission": 0, "price": amount, "rest": rest, "ref": "", "mark": no,
            }  # fmt: skip
            connection.execute(insert(lines).values(line))
    return report
