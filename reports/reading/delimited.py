"""CSV and TSV: the encoding and the delimiter are found from the beginning of the file, quoted fields are honoured.

UTF-8 (with or without a mark) and UTF-16 with a mark are recognised for certain; anything else is what
charset-normalizer finds most likely among the code pages our users have. In a text with tabs, which marketplaces write
without quoting, a quotation mark that has no second in its line is a letter like others (``"12 inch``).
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from reports.problems import Refused, problem
from reports.reading import Row, Table

_SAMPLE = 256 * 1024
_DELIMITERS = ";\t,|"
_CODE_PAGES = ["cp1251", "cp866", "cp1250", "koi8_r", "mac_cyrillic"]


def delimited_tables(path: Path, name: str) -> list[Table]:
    """Return the file as one sheet named after itself. Raises Refused when it is not text."""
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    encoding = text_encoding(head)
    delimiter = _delimiter(head.decode(encoding, "replace"))

    def rows() -> Iterator[Row]:
        with path.open(encoding=encoding, newline="") as stream:
            reader = csv.reader(_literal(stream) if delimiter == "\t" else stream, delimiter=delimiter)
            last = 1
            try:
                for cells in reader:
                    yield last, list(cells)
                    last = reader.line_num + 1
            except (csv.Error, UnicodeError) as error:
                raise Refused(problem("file_damaged", row=last, found=error)) from error

    return [Table(sheet=name, form="sheet", rows=rows)]


def _literal(lines: Iterable[str]) -> Iterator[str]:
    """Quote the cells of whole lines where a quotation mark has no second, so that it takes no further line in."""
    width = 0
    for line in lines:
        width = width or line.count("\t")
        if line.count('"') % 2 and line.count("\t") >= width:
            body = line.rstrip("\r\n")
            cells = [f'"{cell.replace(chr(34), chr(34) * 2)}"' if '"' in cell else cell for cell in body.split("\t")]
            yield "\t".join(cells) + line[len(body) :]
        else:
            yield line


def text_encoding(head: bytes) -> str:
    """Return the encoding of a text that begins so. Raises Refused when it is not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head:
        raise Refused(problem("file_type", found="двоичный файл"))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last letter may be cut in two
    except UnicodeDecodeError:
        best = from_bytes(head, cp_isolation=_CODE_PAGES).best()
        return best.encoding if best else "cp1251"
    return "utf-8-sig"


def _delimiter(head: str) -> str:
    """Return the delimiter that gives the same, largest number of cells on most of the first lines."""
    lines = [line for line in head.splitlines()[:60] if line.strip()]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            return 0, 0
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(common) if common > 1 else 0) * common, -_DELIMITERS.index(delimiter)

    return max(_DELIMITERS, key=score)
