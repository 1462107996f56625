"""Opening a file: what it is by its first bytes, whether its size is bearable, and the files inside a ZIP.

Nothing is believed from the file's name. A workbook and an archive are both ZIPs; the workbook has ``xl/workbook.xml``.
"""

import codecs
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import msgspec

from reports.limits import Limits
from reports.problems import Refused, problem
from reports.profile import record_paths
from reports.reading import Table
from reports.reading.delimited import delimited_tables
from reports.reading.records import json_tables, xml_tables
from reports.reading.workbook import workbook_tables

_READABLE = {".xlsx", ".xlsm", ".csv", ".tsv", ".txt", ".json", ".xml"}
_FOREIGN = {
    b"%PDF": "PDF",
    b"\x89PNG": "изображение PNG",
    b"\xff\xd8\xff": "изображение JPEG",
    b"Rar!": "архив RAR",
    b"7z\xbc\xaf": "архив 7z",
    b"\x1f\x8b": "архив GZ",
}
_OLE = b"\xd0\xcf\x11\xe0"
_COPY = 1 << 20


@contextmanager
def open_tables(path: Path, name: str, limits: Limits, engine: str = "") -> Iterator[list[Table]]:
    """Give the tables of a file, those inside an archive included. Raises Refused with the reason."""
    size = path.stat().st_size
    if size == 0:
        raise Refused(problem("file_empty"))
    if size > limits.packed:
        raise Refused(problem("file_too_large", found=_bytes(size), expected=f"не больше {_bytes(limits.packed)}"))
    if not zipfile.is_zipfile(path):
        yield _plain_tables(path, name)
        return
    with _opened(path) as archive:
        _check_sizes(archive, size, limits)
        names = archive.namelist()
        if _is_open_document(archive):
            raise Refused(problem("file_type", found="таблица или документ OpenDocument (ODS)"))
        if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
            with TemporaryDirectory(prefix="komitent-") as folder:
                yield _archive_tables(archive, Path(folder), limits, engine)
            return
    yield workbook_tables(path, engine)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refused(problem("file_damaged", found=error)) from error


def _plain_tables(path: Path, name: str) -> list[Table]:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(_OLE):
        raise Refused(problem("file_locked"))
    if head.startswith(b"PK\x03\x04"):
        raise Refused(problem("file_damaged", found="архив или книга обрывается"))
    for mark, called in _FOREIGN.items():
        if head.startswith(mark):
            raise Refused(problem("file_type", found=called))
    text = _beginning(head)
    if not text:
        raise Refused(problem("file_empty"))
    if text.startswith((b"{", b"[")):
        return json_tables(path, name)
    if text.startswith(b"<"):
        return xml_tables(path, name, record_paths())
    return delimited_tables(path, name)


def _beginning(head: bytes) -> bytes:
    """Return how a text begins, without its mark, as UTF-8 where the mark says UTF-16."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = codecs.getincrementaldecoder("utf-16")("replace").decode(head).encode()
    return head.removeprefix(codecs.BOM_UTF8).lstrip()


def _check_sizes(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    """Refuse what would unpack to more than is bearable, before anything is unpacked."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    strings = sum(entry.file_size for entry in entries if entry.filename.lower().endswith("sharedstrings.xml"))
    if len(entries) > limits.entries:
        raise Refused(problem("file_suspicious", found=f"{len(entries)} файлов внутри"))
    if unpacked > limits.unpacked or strings > limits.text_parts:
        raise Refused(problem("file_too_large", found=f"{_bytes(unpacked)} после распаковки"))
    if unpacked > 64 * 2**20 and unpacked > packed * limits.ratio:
        raise Refused(problem("file_suspicious", found=f"распаковывается в {unpacked // packed} раз"))
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused(problem("file_locked"))


def _is_open_document(archive: zipfile.ZipFile) -> bool:
    """True for what LibreOffice saves as its own: a ZIP whose content would pass for an XML of rows."""
    if "mimetype" not in archive.namelist():
        return False
    with archive.open("mimetype") as stream:
        return stream.read(64).startswith(b"application/vnd.oasis.opendocument")


def _archive_tables(archive: zipfile.ZipFile, folder: Path, limits: Limits, engine: str) -> list[Table]:
    """Unpack the readable files of an archive, bounded, and give the tables of them all."""
    chosen = [
        entry
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename)
        if not entry.is_dir()
        and PurePosixPath(entry.filename).suffix.lower() in _READABLE
        and not entry.filename.startswith("__MACOSX")
        and not PurePosixPath(entry.filename).name.startswith((".", "~$"))  # what systems and Excel leave beside files
    ]
    if not chosen:
        raise Refused(problem("archive_empty"))
    tables: list[Table] = []
    for number, entry in enumerate(chosen):
        target = folder / f"{number}{PurePosixPath(entry.filename).suffix.lower()}"
        _unpack(archive, entry, target, limits)
        inner = PurePosixPath(entry.filename).name
        try:
            found = _inner_tables(target, inner, limits, engine)
        except Refused as refused:
            raise Refused(*[msgspec.structs.replace(one, sheet=inner) for one in refused.problems]) from refused
        tables += [_renamed(table, inner, len(chosen)) for table in found]
    return tables


def _inner_tables(path: Path, name: str, limits: Limits, engine: str) -> list[Table]:
    if not zipfile.is_zipfile(path):
        return _plain_tables(path, name)
    with _opened(path) as book:
        _check_sizes(book, path.stat().st_size, limits)
    return workbook_tables(path, engine)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, limits: Limits) -> None:
    left = limits.packed
    try:
        with archive.open(entry) as source, target.open("wb") as out:
            while block := source.read(_COPY):
                left -= len(block)
                if left < 0:
                    raise Refused(problem("file_too_large", found=entry.filename))
                out.write(block)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise Refused(problem("file_damaged", found=f"{entry.filename}: {error}")) from error


def _renamed(table: Table, inner: str, count: int) -> Table:
    """Name the table so that a person finds it again: with several files in the archive, by file and sheet."""
    sheet = table.sheet if count == 1 or table.sheet == inner else f"{inner}: {table.sheet}"
    return msgspec.structs.replace(table, sheet=sheet, file=inner)


def _bytes(size: int) -> str:
    return f"{size / 2**20:.1f} МБ"
