"""Binding a table's columns to a profile's fields by header text, never by position.

Headers are compared without regard to case, ё/е, kinds and number of spaces, a trailing colon, and spaces before a
comma or a per cent sign. Where a report has two header rows, a field is bound by its group and its sub-header. A
report whose group row was cut off is bound by the order of equal sub-headers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from reports.profile import Profile
from reports.reading import Cell, Row, Table

_CURRENCY = re.compile(r"[ ,]*(?<![а-яa-z])(руб\.?|rur|rub|kzt|byn|kgs|uzs|amd|cny|usd|eur)(?![а-яa-z])\.?")


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """Which column holds which field in one table. Indexes count from 0; ``row`` is the last header row."""

    row: int
    columns: dict[str, int]
    headers: dict[int, str]
    unknown: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def normal(header: str) -> str:
    """Return a header as it is compared."""
    text = header.replace("\u00a0", " ").replace("\ufeff", "").casefold().replace("ё", "е")
    text = re.sub(r"\s+", " ", text).strip().rstrip(":").strip()
    text = re.sub(r"\s*([,/])\s*", r"\1", text)
    text = _CURRENCY.sub("", text)
    return re.sub(r"\s*%", "%", text).replace(",%", "%")


def header_currency(headers: Iterable[str]) -> str:
    """Return the currency that headers name («Сумма, KZT»), a foreign one before the rouble; empty: they name none."""
    named: set[str] = {word.upper() for header in headers for word in _CURRENCY.findall(header.casefold())}
    foreign = sorted(word for word in named if not word.startswith("РУБ") and word not in ("RUR", "RUB"))
    return (foreign or ["RUB" if named else ""])[0]


def head_rows(table: Table, most: int) -> list[Row]:
    """Read the first rows of a table, enough to find its header."""
    head: list[Row] = []
    for row in table.rows():
        head.append(row)
        if len(head) >= most:
            break
    return head


def bind(profile: Profile, table: Table, head: Sequence[Row]) -> Binding | None:
    """Return the binding when the table's first rows hold the profile's anchors, else None."""
    if table.form == "records":
        return _bind_records(profile, table, head)
    index = _header_index(profile)
    for place, (number, cells) in enumerate(head[: profile.rows.within]):
        below = head[place + 1][1] if place + 1 < len(head) else []
        for row, labels in _candidates(profile, number, cells, below):
            binding = _bind_labels(index, row, labels)
            if all(anchor in binding.columns for anchor in profile.rows.anchors):
                return binding
    return _bind_empty(profile, head)


def _bind_empty(profile: Profile, head: Sequence[Row]) -> Binding | None:
    """Accept the lawful form of an empty report: nothing but the given header cells."""
    filled = [(number, cell) for number, cells in head for cell in cells if cell not in (None, "")]
    if profile.rows.empty and tuple(cell for _, cell in filled) == profile.rows.empty:
        return Binding(row=filled[-1][0], columns={}, headers={})
    return None


def found_anchors(profile: Profile, head: Sequence[Row]) -> set[str]:
    """Return the anchors that stand anywhere in the first rows: how near a table comes to a profile."""
    seen = {normal(cell) for _, cells in head for cell in cells if isinstance(cell, str)}
    seen |= {cell for _, cells in head[:1] for cell in cells if isinstance(cell, str)}
    return {
        anchor
        for anchor in profile.rows.anchors
        if any(normal(header) in seen for header in profile.fields[anchor].headers)
        or any(name in seen for name in profile.fields[anchor].names)
    }


def _candidates(
    profile: Profile, number: int, cells: Sequence[Cell], below: Sequence[Cell]
) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Give the ways to read a header here: (group, header) per column, from two rows or from one."""
    top = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
    if profile.rows.grouped:
        sub = [cell.strip() if isinstance(cell, str) else "" for cell in below]
        width = max(len(top), len(sub))
        top_row, sub_row = top + [""] * (width - len(top)), sub + [""] * (width - len(sub))
        group = ""
        labels: list[tuple[str, str]] = []
        for upper, lower in zip(top_row, sub_row, strict=True):
            group = upper or group
            labels.append((group, lower) if lower else ("", upper))
        yield number + 1, labels
    yield number, [("", header) for header in top]


HeaderIndex = dict[str, list[tuple[str, tuple[str, ...]]]]


def _header_index(profile: Profile) -> HeaderIndex:
    """Return fields and their groups by compared header text."""
    index: HeaderIndex = {}
    for name, field in profile.fields.items():
        for header in field.headers:
            index.setdefault(normal(header), []).append((name, tuple(normal(group) for group in field.group)))
    return index


def _bind_labels(index: HeaderIndex, row: int, labels: list[tuple[str, str]]) -> Binding:
    columns: dict[str, int] = {}
    headers: dict[int, str] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for place, (group, header) in enumerate(labels):
        if not header:
            continue
        headers[place] = f"{group}: {header}" if group else header
        same = index.get(normal(header), [])
        matching = [name for name, groups in same if not group or normal(group) in groups]
        free = [name for name in matching if name not in columns]
        if free:
            columns[free[0]] = place
        elif matching:
            twice.append(headers[place])
        else:
            unknown.append(headers[place])
    return Binding(row=row, columns=columns, headers=headers, unknown=tuple(unknown), twice=tuple(twice))


def _bind_records(profile: Profile, table: Table, head: Sequence[Row]) -> Binding | None:
    if not head or (profile.rows.paths and table.records_path not in profile.rows.paths):
        return None
    names = {name: field for field, spec in profile.fields.items() for name in spec.names}
    names |= {normal(header): field for field, spec in profile.fields.items() for header in spec.headers}
    columns: dict[str, int] = {}
    headers: dict[int, str] = {}
    unknown: list[str] = []
    for index, cell in enumerate(head[0][1]):
        path = str(cell)
        headers[index] = path
        known = names.get(path) or names.get(normal(path))
        for field in [known] if known else _within(names, path) if path in table.nulls else []:
            columns.setdefault(field, index)
        if known is None and path not in table.nulls and not _is_free(profile, path):
            unknown.append(path)
    if not all(anchor in columns for anchor in profile.rows.anchors):
        return None
    return Binding(row=head[0][0], columns=columns, headers=headers, unknown=tuple(unknown))


def _within(names: Mapping[str, str], path: str) -> list[str]:
    """Return the fields inside a part of the record: where it is null in every record, they are there and empty."""
    return [field for name, field in names.items() if name.startswith(f"{path}.")]


def _is_free(profile: Profile, path: str) -> bool:
    return any(path == free or (free.endswith("*") and path.startswith(free[:-1])) for free in profile.rows.free)
