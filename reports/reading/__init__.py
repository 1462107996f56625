"""Reading files as tables: rows of plain cells with their true sheet names and row numbers, streamed.

``Table`` is the port; one module per format fills it. A *sheet* table has a header row somewhere among its rows; a
*records* table (JSON, XML) has its column paths known beforehand, its first row is those paths, and ``scalars`` holds
the values outside the records.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

Cell = str | int | float | Decimal | bool | date | datetime | time | timedelta | None
Row = tuple[int, list[Cell]]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet or record list of a file. ``rows()`` starts a fresh pass; only one pass may be open at a time.

    ``file`` is the name of the file inside an archive, empty for a file that came by itself. ``nulls`` are the columns
    of records that are null in every record: a value, or a whole part with fields of its own.
    """

    sheet: str
    form: Literal["sheet", "records"]
    rows: Callable[[], Iterator[Row]]
    scalars: dict[str, str] = {}
    records_path: str = ""
    file: str = ""
    size: int | None = None
    nulls: frozenset[str] = frozenset()
