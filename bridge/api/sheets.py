"""Receiving a sheet: as a multipart form with its file, or as the body itself."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from aiohttp import BodyPartReader, web

from bridge.api.uploads import BadForm
from bridge.errors import BadInput, TooLarge

_CHUNK = 2**20
_LARGEST = 64 * 2**20
_LONGEST_FIELD = 4096


class Received(msgspec.Struct, frozen=True):
    """A file that lies at its place now: its name, its checksum, and the other fields of the form."""

    name: str
    sha256: str
    fields: dict[str, str]


async def receive_sheet(request: web.Request, path: Path) -> Received:
    """Write the uploaded file to its place. Raises TooLarge, BadForm, BadInput."""
    if request.content_type != "multipart/form-data":
        return Received("таблица", await _save(request.content.iter_chunked(_CHUNK), path), {})
    name, sha256 = "", ""
    fields: dict[str, str] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadForm("Вложенные формы не читаются")
            if part.name == "file" and not sha256:
                name = re.split(r"[/\\]", part.filename or "")[-1][-255:] or "таблица"
                sha256 = await _save(_chunks(part), path)
            else:
                fields[part.name or ""] = await _field(part)
    except (ValueError, web.RequestPayloadError) as error:
        raise BadForm(str(error)) from error
    if not sha256:
        raise BadInput("В форме нет поля file")
    return Received(name, sha256, fields)


async def _field(part: BodyPartReader) -> str:
    data = bytearray()
    while chunk := await part.read_chunk(_LONGEST_FIELD):
        data += chunk
        if len(data) > _LONGEST_FIELD:
            raise BadInput(f"Поле формы «{(part.name or '')[:64]}» слишком длинное или повторяет file")
    return bytes(data).decode("utf-8").strip()


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield part.decode(chunk)


async def _save(chunks: AsyncIterator[bytes], path: Path) -> str:
    digest, size = hashlib.sha256(), 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > _LARGEST:
                raise TooLarge(f"Файл больше {_LARGEST} байт")
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
    return digest.hexdigest()
