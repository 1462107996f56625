"""The one shape of every error answer: RFC 9457 with ``code`` and ``errors[]``.

Both the HTTP side and the jobs speak of errors in it: a refused upload looks the same whether the caller waited for it
or asked the job afterwards.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from bridge.errors import Failure
from reports.problems import Problem, Refused

CONTENT_TYPE = "application/problem+json"

_TOO_LARGE = frozenset({"file_too_large", "file_suspicious", "file_too_slow"})
_UNREADABLE = frozenset({"file_type", "file_locked", "archive_empty"})
_PLAIN = {
    400: ("bad_request", "Запрос не разобран"),
    404: ("not_found", "Такого адреса нет"),
    405: ("method_not_allowed", "Этот адрес так не вызывают"),
    413: ("too_large", "Слишком большой запрос"),
    415: ("unsupported_media", "Тело запроса этого вида не читается"),
}


def problem_json(error: Failure | Refused) -> dict[str, Any]:
    """Say an expected error in the common shape; extra fields never replace the standard ones."""
    if isinstance(error, Refused):
        return _refusal(error.problems)
    body = _body(error.status, error.code, error.title, error.detail or error.title, error.problems)
    return {**error.extra, **body}


def plain_problem(status: int) -> dict[str, Any]:
    """Say a bare HTTP status (no route, wrong method, body over the limit) in the common shape."""
    code, title = _PLAIN.get(status, (f"http_{status}", HTTPStatus(status).phrase))
    return _body(status, code, title, title)


def unexpected_problem(log_id: str) -> dict[str, Any]:
    """Say that the program failed, blandly; the log holds the whole story under that id."""
    detail = f"Ошибка программы. В журнале она записана под номером {log_id}"
    return _body(500, "internal", "Внутренняя ошибка", detail) | {"log_id": log_id}


def _refusal(problems: Sequence[Problem]) -> dict[str, Any]:
    codes = {problem.code for problem in problems}
    status = 413 if codes & _TOO_LARGE else 415 if codes & _UNREADABLE else 422
    code = problems[0].code if problems else "refused"
    detail = "; ".join(problem.message for problem in problems[:3])
    return _body(status, code, "Файл не принят", detail, problems)


def _body(status: int, code: str, title: str, detail: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    return {
        "type": f"urn:komitent:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [msgspec.to_builtins(problem) for problem in problems],
    }
