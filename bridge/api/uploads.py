"""The way of a report file in: streamed to disk under its checksum, handed to a job, answered when the job is done.

Nothing of the file is in memory, and no trace of it stays when anything goes wrong before the job has it.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import msgspec
from aiohttp import BodyPartReader, web

from bridge.api import shapes
from bridge.api.bodies import encode, flag, json_response, number
from bridge.api.guard import problem_response
from bridge.api.keys import CALLER, DATABASE, QUEUE, SETTINGS
from bridge.api.once import fingerprint, once
from bridge.api.routing import Query, Route
from bridge.db.jobs import Job
from bridge.errors import BadInput, Failure, OtherContent, TooLarge, UnsupportedMedia
from bridge.flows import catalogue, view_report
from bridge.flows.import_report import Upload
from bridge.problem_json import problem_json
from reports.problems import Problem

KIND = "import_report"
_CHUNK = 2**20
_FIELD_LIMIT = 4096
_FORM_SLACK = 2**20  # what boundaries and the other fields may add to the file's own size
_FIELDS = ("profile", "number", "date", "period_from", "period_to", "correction")
_DATES = ("date", "period_from", "period_to")


class BadForm(Failure):
    """The multipart form cannot be read."""

    code = "malformed_form"
    title = "Форма multipart/form-data не разобрана"


async def post_report_file(request: web.Request) -> web.Response:
    """Import a file into an account, waiting for the outcome as long as the caller wishes."""
    wait = number(request, "wait", 20, 0, 600)
    account = request.match_info["name"]
    await asyncio.to_thread(catalogue.get_account, request.app[DATABASE], account)
    async with incoming_file(request) as path:
        upload = await _receive(request, path)
        parts = [f"{name}={getattr(upload, name)}".encode() for name in (*_FIELDS, "sha256")]
        return await once(request, fingerprint(request, *parts), lambda: _import(request, account, upload, wait))


async def _import(request: web.Request, account: str, upload: Upload, wait: int) -> web.Response:
    """Make the job, which owns the file from here on, and answer what comes of it in time."""
    kept = Path(upload.path).with_suffix(".upload")
    await asyncio.to_thread(Path(upload.path).replace, kept)
    who = request[CALLER].name
    order = {"account": account, "file": kept.name, "upload": msgspec.to_builtins(upload), "who": who}
    queue = request.app[QUEUE]
    return await _outcome(request, await queue.wait(await queue.add(KIND, order), wait))


async def _outcome(request: web.Request, job: Job) -> web.Response:
    if job.problem is not None:
        return problem_response(job.problem)
    if job.result is None:
        waiting = {"job": job.uid, "state": job.state}
        return json_response(encode(waiting), 202, {"Location": f"/api/v1/jobs/{job.uid}"})
    if job.result["outcome"] == "conflict":
        extra = {"report": job.result["report"], "diff": job.result["diff"], "job": job.uid}
        detail = "Загрузите файл с correction=true, если это исправленный отчёт"
        body = await asyncio.to_thread(problem_json, OtherContent(detail, extra=extra))
        return problem_response(body)
    already = job.result["outcome"] == "already"

    def shown() -> bytes:
        app, uid = request.app, str(job.result and job.result["report"])
        return encode({**view_report.report_object(app[DATABASE], app[SETTINGS], uid), "already": already})

    return json_response(await asyncio.to_thread(shown), 200 if already else 201)


# --- receiving --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def incoming_file(request: web.Request) -> AsyncIterator[Path]:
    """Give a place for an uploaded file; whatever is left there afterwards was not handed on and goes."""
    folder = request.app[SETTINGS].incoming
    path = folder / f"{uuid4().hex}.part"
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    try:
        yield path
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _receive(request: web.Request, path: Path) -> Upload:
    """Read the form: the file to its place, the fields to the upload. Raises TooLarge, BadForm, BadInput."""
    limit = request.app[SETTINGS].limits.packed
    if request.content_type != "multipart/form-data":
        raise UnsupportedMedia("Файл передаётся формой multipart/form-data, поле file")
    if (request.content_length or 0) > limit + _FORM_SLACK:
        raise TooLarge(f"Файл больше {limit} байт")
    fields: dict[str, str] = {name: request.query[name] for name in _FIELDS if name in request.query}
    file: dict[str, Any] = {}
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file" and not file:
                sha256, size = await _save(part, path, limit)
                file = {"name": _file_name(part.filename or ""), "sha256": sha256, "size": size}
            else:
                _add_field(fields, await _field(part))
    except (ValueError, web.RequestPayloadError) as error:
        raise BadForm(str(error)) from error
    if not file:
        raise BadInput("В форме нет поля file", problems=[_problem("file", "")])
    return Upload(path=str(path), **file, **_typed(fields))


async def _save(part: BodyPartReader, path: Path, limit: int) -> tuple[str, int]:
    """Write the part to disk, counting as it comes. Raises TooLarge as soon as it is."""
    digest, size = hashlib.sha256(), 0
    with await asyncio.to_thread(path.open, "wb") as file:
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"Файл больше {limit} байт")
            await asyncio.to_thread(_put, file, digest, part.decode(chunk))
    return digest.hexdigest(), size


def _put(file: IO[bytes], digest: Any, chunk: bytes) -> None:
    digest.update(chunk)
    file.write(chunk)


async def _field(part: Any) -> tuple[str, str]:
    if not isinstance(part, BodyPartReader) or part.name not in _FIELDS:
        name = str(getattr(part, "name", ""))
        raise BadInput(f"Неизвестное или повторное поле формы «{name}»", problems=[_problem(name, "")])
    data = bytearray()
    while chunk := await part.read_chunk(_FIELD_LIMIT):
        data += chunk
        if len(data) > _FIELD_LIMIT:
            raise BadInput(f"Поле «{part.name}» слишком длинное", problems=[_problem(part.name, "")])
    return part.name, bytes(data).decode("utf-8")


def _add_field(fields: dict[str, str], field: tuple[str, str]) -> None:
    name, value = field
    if fields.get(name, value) != value:
        raise BadInput(f"Поле «{name}» указано дважды", problems=[_problem(name, value)])
    fields[name] = value


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """Check the fields. Raises BadInput."""
    typed: dict[str, Any] = {name: value.strip() for name, value in fields.items()}
    for name in _DATES:
        if typed.get(name):
            _check_date(name, typed[name])
    if any("\x00" in value for value in typed.values()):
        raise BadInput("Знак с кодом 0 в поле формы")
    return typed | {"correction": flag(typed.get("correction", ""), "correction")}


def _check_date(name: str, text: str) -> None:
    try:
        valid = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text)
    except ValueError:
        valid = None
    if not valid:
        raise BadInput(f"{name}: дата пишется как ГГГГ-ММ-ДД", problems=[_problem(name, text)])


def _file_name(said: str) -> str:
    """Return the bare name of the file, whatever path and characters the client sent along."""
    bare = re.split(r"[/\\]", said)[-1]
    return "".join(char for char in bare if char.isprintable())[-255:] or "file"


def _problem(name: str, found: str) -> Problem:
    return Problem(code="field", message=f"Поле формы «{name}»", column=name, found=found[:200])


ROUTES = [
    Route(
        method="POST", path="/api/v1/accounts/{name}/reports", handler=post_report_file, right="import_reports",
        summary="Загрузить отчёт комиссионера", form=shapes.UploadForm, answer=shapes.ReportObject, status=201,
        answers={200: shapes.ReportObject, 202: shapes.Waiting}, problems=(404, 409, 413, 415, 422),
        query=(
            Query("wait", "Сколько секунд ждать конца разбора, от 0 до 600; без него 20", "integer"),
            Query("correction", "true: заменить отчёт с тем же номером", "boolean"),
            *(Query(name, "То же, что поле формы") for name in _FIELDS if name != "correction"),
        ),
    ),
]  # fmt: skip
