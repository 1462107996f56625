"""Finding the live formulas of a workbook's sheet: readers give their last results, which nobody may take for data."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lxml import etree
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries

from reports.problems import Refused, problem

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_BLOCK = 1 << 20
_OVERLAP = 64
_MOST_IN_ARRAY = 10_000


def formulas(path: Path, sheet: str) -> set[tuple[int, int]]:
    """Return row and column (from 1) of every formula of that sheet; nothing for a file that is not a workbook.

    Raises Refused for a workbook that cannot be looked through.
    """
    if not zipfile.is_zipfile(path):
        return set()
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part(archive, sheet)
            return set(_cells(archive, part)) if part and _has_any(archive, part) else set()
    except (etree.XMLSyntaxError, zipfile.BadZipFile, ValueError) as error:
        raise Refused(problem("file_damaged", sheet=sheet, found=error)) from error


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Find the part that holds the sheet of that name."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return ""
    targets = {
        relation.get("Id"): str(relation.get("Target")) for relation in _tree(archive, "xl/_rels/workbook.xml.rels")
    }
    for one in _tree(archive, "xl/workbook.xml").iter("{*}sheet"):
        if one.get("name") == sheet:
            relation = next((value for name, value in one.attrib.items() if str(name).endswith("}id")), "")
            target = targets.get(str(relation), "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return part if part in names else ""
    return ""


def _tree(archive: zipfile.ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(name), parser)


def _has_any(archive: zipfile.ZipFile, part: str) -> bool:
    """Tell whether the text of the part may have a formula: many times faster than parsing it."""
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            if _FORMULA.search(tail + block) or block.startswith((b"\xff\xfe", b"\xfe\xff")):
                return True
            tail = block[-_OVERLAP:]
    return False


def _cells(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int]]:
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    with archive.open(part) as stream:
        for _, element in etree.iterparse(stream, tag=("{*}f", "{*}row"), **safe):
            if etree.QName(element).localname == "row":
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
                continue
            cell = element.getparent()
            place = cell.get("r") if cell is not None else None
            if place:
                yield from _covered(str(place), str(element.get("ref") or ""), str(element.get("t") or ""))


def _covered(place: str, area: str, kind: str) -> Iterator[tuple[int, int]]:
    """Give the cell itself, and for an array formula every cell that shows a part of its result."""
    letters, row = coordinate_from_string(place)
    yield row, column_index_from_string(letters)
    if kind == "array" and area:
        left, top, right, bottom = (bound or 1 for bound in range_boundaries(area))
        if (right - left + 1) * (bottom - top + 1) <= _MOST_IN_ARRAY:
            yield from ((number, column) for number in range(top, bottom + 1) for column in range(left, right + 1))
