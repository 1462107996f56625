"""Many rows into one table below SQLAlchemy's expression layer: tuples on SQLite, COPY on PostgreSQL."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Connection, Table


def add_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns, every one but perhaps the id; triggers see each of them."""
    if not rows:
        return
    names = list(rows[0])
    texts = [isinstance(table.c[name].type, JSON) for name in names]
    tuples = [
        tuple(_json(row[name]) if text else row[name] for name, text in zip(names, texts, strict=True)) for row in rows
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for one in tuples:
                copy.write_row(one)
        return
    marks = ", ".join("?" * len(names))
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})'  # noqa: S608  names of tables and columns
    connection.exec_driver_sql(statement, [tuple(map(_sqlite, one)) for one in tuples])


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _sqlite(value: Any) -> Any:
    """Write days and times as SQLAlchemy reads them: text, UTC without its zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value
