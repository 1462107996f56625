"""ERP nomenclature: taken in bulk, as often as the ERP likes, and shown to people."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from bridge.db import catalogue as queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.checking import after_id, page_size, refuse_if, text_problems, wrong
from mappings.items import Item
from mappings.vat import rate_class
from reports.problems import Problem

_LONGEST = {"ref": 100, "code": 200, "article": 200, "name": 2000, "variant": 2000, "unit": 100, "group": 2000}
_LONGEST_BARCODE = 64
_MOST_BARCODES = 1000


def put_items(database: Database, items: Sequence[Item], who: str, *, full: bool = False) -> dict[str, int]:
    """Take items as the ERP has them now and return how many were created, changed, unchanged.

    All or nothing: one wrong item refuses the whole list. Items that are not in the list stay; with ``full`` the list
    is all there is, the others have vanished from the ERP (and are counted). Articles and barcodes lose blanks around
    them, since reports are matched by them. Raises BadInput with every problem found.
    """
    wanted = [tidy(item) for item in items]
    refuse_if(item_problems(enumerate(wanted, 1)), "Номенклатура не принята")
    if full and not wanted:
        raise BadInput("Полный список номенклатуры пуст: так пропала бы вся номенклатура")
    with database.write() as connection:
        queries.hold(connection)
        return write_items(connection, wanted, who, full=full)


def write_items(
    connection: Connection, wanted: Sequence[Item], who: str, *, full: bool, dry_run: bool = False
) -> dict[str, int]:  # fmt: skip
    """Write checked items in the caller's transaction, which holds the catalogue; returns the counts.

    A vanished item that is in the list is there again, which is a change of it. ``dry_run``: only the counts.
    """
    refs = [item.ref for item in wanted]
    known = queries.items_of(connection, refs)
    gone = queries.vanished_of(connection, known)
    ids = {item.ref: item_id for item_id, item in known.items()}
    new = [item for item in wanted if item.ref not in ids]
    changed = {
        ids[item.ref]: item
        for item in wanted
        if item.ref in ids and (known[ids[item.ref]] != item or ids[item.ref] in gone)
    }
    missed = queries.others_than(connection, refs) if full else []
    counts = {"created": len(new), "changed": len(changed), "unchanged": len(wanted) - len(new) - len(changed)}
    if full:
        counts["vanished"] = len(missed)
    if (new or changed or missed) and not dry_run:
        queries.add_items(connection, new)
        queries.change_items(connection, changed)
        queries.mark_vanished(connection, missed)
        queries.bump(connection)
        record(connection, who, "items_put", "items", counts)
    return counts


def list_items(
    database: Database, limit: int = 100, cursor: str | None = None, search: str = ""
) -> dict[str, Any]:  # fmt: skip
    """Return a page of items, vanished ones too; with ``search`` those that have every word of it somewhere.

    That is in a code, a name or a barcode.
    """
    if "\0" in search:
        raise BadInput("Знак с кодом 0 в тексте не принимается")
    size = page_size(limit)
    with database.read() as connection:
        found = list(queries.search_items(connection, search.split(), after_id(cursor), size + 1).items())
        gone = queries.vanished_of(connection, dict(found))
    return {
        "items": [
            {**msgspec.structs.asdict(item), "barcodes": list(item.barcodes), "vanished": item_id in gone}
            for item_id, item in found[:size]
        ],
        "next": str(found[size - 1][0]) if len(found) > size else None,
    }


def tidy(item: Item) -> Item:
    """Return an item without blanks around its article and barcodes, each barcode once."""
    codes = (barcode.strip() for barcode in item.barcodes)
    return Item(
        ref=item.ref,
        code=item.code,
        article=item.article.strip(),
        name=item.name,
        variant=item.variant,
        barcodes=tuple(dict.fromkeys(code for code in codes if code)),
        unit=item.unit,
        vat_rate=item.vat_rate,
        group=item.group,
        is_service=item.is_service,
    )


def item_problems(items: Iterable[tuple[int, Item]]) -> list[Problem]:
    """Find what is wrong with items; each comes with the number of the row that people know it by."""
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    rates: dict[str, bool] = {}
    for row, item in items:
        if seen.setdefault(item.ref, row) != row:
            message = f"Ссылка «{item.ref}» встречается дважды: в строках {seen[item.ref]} и {row}"
            problems.append(wrong("ref_repeated", message, column="ref", row=row, found=item.ref))
        if item.vat_rate not in rates:
            rates[item.vat_rate] = _is_rate(item.vat_rate)
        if not rates[item.vat_rate]:
            message, expected = f"Неизвестная ставка НДС «{item.vat_rate[:100]}»", "22, 20, 18, 10, 0 или Без НДС"
            problems.append(wrong("vat_rate_wrong", message, column="vat_rate", row=row, found=item.vat_rate,
                                  expected=expected))  # fmt: skip
        problems += _text_problems(row, item)
    return problems


def _text_problems(row: int, item: Item) -> Iterable[Problem]:
    for name, limit in _LONGEST.items():
        text = getattr(item, name)
        if len(text) > limit or "\0" in text or (name == "ref" and not text.strip()):
            yield from text_problems(name, text, limit, row, empty=name != "ref")
    if len(item.barcodes) > _MOST_BARCODES:
        yield wrong("barcodes_many", f"Штрихкодов больше {_MOST_BARCODES}", column="barcodes", row=row)
    for code in item.barcodes:
        if len(code) > _LONGEST_BARCODE or "\0" in code:
            yield from text_problems("barcodes", code, _LONGEST_BARCODE, row)


def _is_rate(written: str) -> bool:
    try:
        rate_class(written)
    except ValueError:
        return False
    return len(written) <= 16
