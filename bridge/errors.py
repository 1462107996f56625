"""What the bridge can answer instead of doing what was asked. One base, one shape (RFC 9457), one table of codes.

Texts are for the person at the other end: Russian, with what to do. Problems of a file are ``reports.problems``; an
error here may carry them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.problems import Problem


class Failure(Exception):
    """The request cannot be done. ``extra`` goes into the answer beside the standard fields."""

    status = 400
    code = "bad_request"
    title = "Запрос не выполнен"

    def __init__(
        self, detail: str = "", *, problems: Sequence[Problem] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.problems = tuple(problems)
        self.extra = dict(extra or {})


class Unauthorized(Failure):
    """No token or password, or a wrong one."""

    status = 401
    code = "unauthorized"
    title = "Нужен токен или имя и пароль"


class Forbidden(Failure):
    """The caller's role does not allow this, or the call came from another web site."""

    status = 403
    code = "forbidden"
    title = "Недостаточно прав"


class NotFound(Failure):
    """There is no such thing."""

    status = 404
    code = "not_found"
    title = "Не найдено"


class Conflict(Failure):
    """The state of things does not allow this."""

    status = 409
    code = "conflict"
    title = "Состояние не позволяет"


class StaleDigest(Conflict):
    """The preview changed since the digest was given."""

    code = "digest_stale"
    title = "Предпросмотр изменился: откройте его снова"


class NotReady(Conflict):
    """The report is held: something does not tie or is missing."""

    code = "not_ready"
    title = "Отчёт удержан и не может быть проведён"


class OtherContent(Conflict):
    """A report of that number is already here with other rows."""

    code = "other_content"
    title = "Отчёт с этим номером уже загружен с другим содержанием"


class TooLarge(Failure):
    """More bytes than the settings allow."""

    status = 413
    code = "too_large"
    title = "Слишком большой запрос"


class UnsupportedMedia(Failure):
    """A file or body of a kind that is not read."""

    status = 415
    code = "unsupported_media"
    title = "Файл этого вида не читается"


class BadInput(Failure):
    """The request was understood, but what it says is wrong."""

    status = 422
    code = "bad_input"
    title = "Данные не приняты"


class RetryLater(Failure):
    """A service outside does not answer, or not as agreed; the same request may do later. ``retry_after``: seconds."""

    status = 503
    code = "retry_later"
    title = "Внешний сервис не отвечает: повторите позже"


class FixSettings(Failure):
    """A service outside does not let this account in: its token, rights or address must be set right first."""

    status = 422
    code = "fix_settings"
    title = "Внешний сервис не принял настройки учётной записи"


class FixInput(Failure):
    """A service outside will never do this request as it is."""

    status = 422
    code = "fix_input"
    title = "Внешний сервис не принял запрос"


class NoData(Conflict):
    """A service outside has nothing for the days asked for. An alarm: it never means that nothing was sold."""

    code = "no_data"
    title = "Маркетплейс не дал ни одного отчёта: это не нулевой отчёт"
