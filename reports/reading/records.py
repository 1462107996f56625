"""JSON and XML as record tables: a list of records becomes rows, nested values become columns with dotted paths.

Both are streamed twice: once to learn the columns and the values outside the list, once to give the rows. A record's
row number is its place in the list, from 1. JSON numbers stay exact (ijson gives Decimal). XML refuses any DOCTYPE.
A field that is null in every record is a column all the same. JSON is UTF-8 by its standard; a mark at its beginning
and the code pages of Windows, which programs write nevertheless, are read too.
"""

import codecs
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import ijson
from lxml import etree

from reports.problems import Refused, problem
from reports.reading import Cell, Row, Table
from reports.reading.delimited import text_encoding

_SAMPLE = 256 * 1024
_MOST_SCALARS = 500
_MOST_DEPTH = 32
_BLOCK = 4096  # small, so that a nest of brackets is noticed before its paths fill the memory
_OPENING = {"start_map", "start_array"}
_CLOSING = {"end_map", "end_array"}


def json_tables(path: Path, name: str) -> list[Table]:
    """Return every list of objects of a JSON file as a table. Raises Refused when the file is not JSON."""
    try:
        with _utf8(path) as stream:
            lists, scalars, nulls = _json_shape(stream)
    except (ijson.JSONError, UnicodeError, ValueError) as error:
        raise Refused(problem("file_damaged", found=error)) from error

    def rows(prefix: str, columns: list[str]) -> Iterator[Row]:
        yield 0, list(columns)
        with _utf8(path) as stream:
            for number, record in enumerate(ijson.items(stream, prefix), 1):
                flat = dict(_flatten(record))
                yield number, [flat.get(column) for column in columns]

    return [
        Table(
            sheet=name,
            form="records",
            scalars=scalars,
            records_path=prefix,
            rows=partial(rows, prefix, [*columns, *nulls.get(prefix, ())]),
            nulls=frozenset(nulls.get(prefix, ())),
        )
        for prefix, columns in lists.items()
    ]


class _Recoded:
    """Gives a text of another encoding as UTF-8; only what a parser asks for."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, size: int) -> bytes:
        """Return about that many bytes, none at the end."""
        text = ""
        while size and not text and (block := self._stream.read(size)):
            text = self._decoder.decode(block)
        return text.encode()


@contextmanager
def _utf8(path: Path) -> Iterator[IO[bytes]]:
    """Open a JSON file as UTF-8 without a mark, whatever it is written in."""
    with path.open("rb") as stream:
        encoding = text_encoding(stream.read(_SAMPLE))
        stream.seek(0)
        if encoding != "utf-8-sig":
            yield cast(IO[bytes], _Recoded(stream, encoding))
            return
        if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            stream.seek(0)
        yield stream


Paths = dict[str, dict[str, None]]


def _json_shape(stream: IO[bytes]) -> tuple[Paths, dict[str, str], Paths]:
    """Return the lists of objects with their column paths (in order of appearance), the lone values, and of each list
    the paths that never have a value."""
    lists: Paths = {}
    scalars: dict[str, str] = {}
    nulls: Paths = {}
    inside = ""
    depth = 0
    for prefix, event, value in ijson.parse(stream, buf_size=_BLOCK):
        depth += (event in _OPENING) - (event in _CLOSING)
        if depth > _MOST_DEPTH:
            raise Refused(problem("file_suspicious", found=f"вложенность глубже {_MOST_DEPTH} уровней"))
        if event == "start_map" and not inside and (prefix.endswith(".item") or prefix == "item"):
            inside = prefix
            lists.setdefault(prefix, {})
        elif event == "end_map" and prefix == inside:
            inside = ""
        elif event == "start_array" and not inside:
            lists.setdefault(f"{prefix}.item".lstrip("."), {})
        elif event in ("string", "number", "boolean"):
            if inside and prefix.startswith(inside + "."):
                lists[inside][prefix[len(inside) + 1 :]] = None
            elif not inside and len(scalars) < _MOST_SCALARS:
                scalars[prefix] = str(value)
        elif event == "null" and prefix.startswith(inside + ".") and inside:
            nulls.setdefault(inside, {})[prefix[len(inside) + 1 :]] = None
    return lists, scalars, {place: _without_value(paths, lists[place]) for place, paths in nulls.items()}


def _without_value(paths: Iterable[str], columns: Iterable[str]) -> dict[str, None]:
    """Return the paths that are neither columns nor parts with columns of their own."""
    known = {path[:end] for path in columns for end in range(1, len(path) + 1) if path[end : end + 1] in ("", ".")}
    return {path: None for path in paths if path not in known}


def _flatten(record: Any, path: str = "") -> Iterator[tuple[str, Cell]]:
    if isinstance(record, dict):
        for key, value in record.items():
            yield from _flatten(value, f"{path}.{key}" if path else key)
    elif isinstance(record, list):
        for value in record:
            yield from _flatten(value, f"{path}.item" if path else "item")
    else:
        yield path, record if isinstance(record, str | int | Decimal | bool) else None


def xml_tables(path: Path, name: str, known: Collection[str] = ()) -> list[Table]:
    """Return the records of an XML file as a table: the element at one of the ``known`` paths (``Файл/Документ/…``),
    else the most repeated one. Raises Refused for bad XML or a DOCTYPE."""
    try:
        record, columns, scalars = _xml_shape(path, known)
    except etree.XMLSyntaxError as error:
        raise Refused(problem("file_damaged", found=error)) from error

    def rows() -> Iterator[Row]:
        yield 0, list(columns)
        for number, element in enumerate(_elements(path, record), 1):
            flat = dict(_leaves(element))
            yield number, [flat.get(column) for column in columns]

    if not record:
        return []
    return [Table(sheet=name, form="records", scalars=scalars, records_path=record, rows=rows)]


def _xml_shape(path: Path, known: Collection[str]) -> tuple[str, list[str], dict[str, str]]:
    """Return the path of the record element, its columns, and the values outside the records."""
    counts: Counter[str] = Counter()
    parents: list[str] = []
    for event, element in _parse(path, ("start", "end")):
        tag = etree.QName(element).localname
        if event == "start":
            parents.append(tag)
        else:
            if len(element) or element.attrib:
                counts["/".join(parents)] += 1
            parents.pop()
            _forget(element)
    repeated = [place for place, count in counts.items() if count == max(counts.values(), default=0)]
    record = next((place for place in counts if place in known), "") or min(repeated, key=len, default="")
    columns = dict.fromkeys(key for element in _elements(path, record) for key, _ in _leaves(element))
    return record, list(columns), _xml_scalars(path, record)


def _elements(path: Path, record: str) -> Iterator[Any]:
    """Give each record element whole, and forget it afterwards."""
    parents: list[str] = []
    for event, element in _parse(path, ("start", "end")):
        if event == "start":
            parents.append(etree.QName(element).localname)
            continue
        place = "/".join(parents)
        parents.pop()
        if place == record:
            yield element
        if not place.startswith(record + "/"):
            _forget(element)


def _xml_scalars(path: Path, record: str) -> dict[str, str]:
    """Return the values outside the records; a document that is one single record has its values here as well."""
    inside = record if "/" in record else "/"
    found: dict[str, str] = {}
    parents: list[str] = []
    for event, element in _parse(path, ("start", "end")):
        if event == "start":
            parents.append(etree.QName(element).localname)
            place = "/".join(parents)
            if not place.startswith(inside) and len(found) < _MOST_SCALARS:
                found.update({f"{place}/@{key}": value for key, value in element.attrib.items()})
            continue
        place = "/".join(parents)
        if not place.startswith(inside) and not len(element) and element.text and len(found) < _MOST_SCALARS:
            found[place] = element.text.strip()
        parents.pop()
        _forget(element)
    return found


def _leaves(element: Any, path: str = "") -> Iterator[tuple[str, Cell]]:
    for key, value in element.attrib.items():
        yield f"{path}.{key}" if path else key, value
    if not len(element) and path:
        yield path, (element.text or "").strip()
    for child in element.iterchildren(tag=etree.Element):
        tag = etree.QName(child).localname
        yield from _leaves(child, f"{path}.{tag}" if path else tag)


def _parse(path: Path, events: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    with path.open("rb") as stream:
        context = etree.iterparse(
            stream,
            events=(*events, "comment", "pi"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        rooted = False
        for event, element in context:
            if not rooted and element.getroottree().docinfo.doctype:
                raise Refused(problem("file_suspicious", found="объявление DOCTYPE в XML"))
            rooted = rooted or event == "start"
            if event in events:
                yield event, element


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
