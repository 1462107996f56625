"""An archive of evidence as a file: written the same for the same content, with checksums of all that is in it.

A ZIP whose times are fixed and whose parts stand in a fixed order; the manifest comes last and names every part with
its size and SHA-256. Nothing is held in memory whole.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

MANIFEST = "manifest.json"
FORMAT = "komitent-evidence/1"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP can tell
_UNIX, _READABLE = 3, 0o644 << 16
_CHUNK = 2**20
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_encoder = msgspec.json.Encoder(decimal_format="string")


class Part(msgspec.Struct, frozen=True):
    """One file of the archive."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself. ``head`` and ``events``: hash and number of the newest event of the journal of
    changes when it was made. ``missing``: originals that were not at hand."""

    format: str
    program: str
    organization: str
    account: str
    month: str
    head: str
    events: int
    missing: list[str]
    files: list[Part]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with an archive, in words; nothing, if it is what it was when it was made."""

    manifest: Manifest | None
    problems: list[str]


class Archive:
    """An archive in the making."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.parts: list[Part] = []

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a file, piece by piece."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE
        digest, size = sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.parts.append(Part(name, size, digest.hexdigest()))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file of the disk."""
        with path.open("rb") as source:
            self.add(name, iter(lambda: source.read(_CHUNK), b""))

    def add_json(self, name: str, value: object) -> None:
        """Add a value as JSON, indented for reading."""
        self.add(name, [msgspec.json.format(_encoder.encode(value), indent=1), b"\n"])

    def add_json_list(self, name: str, values: Iterable[object]) -> None:
        """Add a list as JSON, one entry a line, without holding all of them."""
        self.add(name, _listed(values))

    def add_table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a table as CSV that spreadsheets open as it is and take no text of for a formula."""
        self.add(name, _table(columns, rows))


def read_part(source: zipfile.ZipFile, name: str) -> tuple[str, int]:
    """Return checksum and size of a file of an archive. Raises zipfile.BadZipFile for a damaged one."""
    digest, size = sha256(), 0
    with source.open(name) as part:
        while chunk := part.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def verify(path: Path) -> Verified:
    """Compare every file of an archive with what its manifest says. Raises OSError when it cannot be read."""
    try:
        with zipfile.ZipFile(path) as source:
            manifest = msgspec.json.decode(source.read(MANIFEST), type=Manifest)
            return Verified(manifest=manifest, problems=list(_problems(source, manifest)))
    except (zipfile.BadZipFile, KeyError, msgspec.MsgspecError, NotImplementedError, EOFError) as error:
        return Verified(manifest=None, problems=[f"Это не архив доказательств, или он повреждён: {error}"])


def _problems(source: zipfile.ZipFile, manifest: Manifest) -> Iterator[str]:
    names = [name for name in source.namelist() if name != MANIFEST]
    told: Mapping[str, Part] = {part.name: part for part in manifest.files}
    if manifest.format != FORMAT:
        yield f"Неизвестный вид архива {manifest.format}"
    if len(names) != len(set(names)):
        yield "Одно имя стоит в архиве дважды"
    yield from (f"Лишний файл: {name}" for name in sorted(set(names) - set(told)))
    yield from (f"Нет файла: {name}" for name in sorted(set(told) - set(names)))
    for name in sorted(set(told) & set(names)):
        found, size = read_part(source, name)
        if (found, size) != (told[name].sha256, told[name].size):
            yield f"Файл изменён: {name}"
        if name.startswith("originals/") and not name.startswith(f"originals/{found}-"):
            yield f"Имя оригинала не подходит к содержанию: {name}"


def _listed(values: Iterable[object]) -> Iterator[bytes]:
    yield b"["
    for place, value in enumerate(values):
        yield (b",\n" if place else b"\n") + _encoder.encode(value)
    yield b"\n]\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    block = io.StringIO()
    writer = csv.writer(block, delimiter=";")
    block.write("\ufeff")  # tells Excel that this is UTF-8
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell_text(cell) for cell in row])
        if block.tell() > _CHUNK:
            yield block.getvalue().encode()
            block.seek(0)
            block.truncate()
    yield block.getvalue().encode()


def cell_text(cell: Any) -> str:
    """Return a cell as text; what a spreadsheet would take for a formula gets an apostrophe before it."""
    if cell is None:
        return ""
    text = _encoder.encode(cell).decode() if isinstance(cell, dict | list) else str(cell)
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
