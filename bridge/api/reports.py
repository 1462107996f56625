"""Commissioner reports: shown, posted, reversed. Their way in is ``uploads``."""

from aiohttp import web

from bridge.api import issue_shapes, shapes
from bridge.api.bodies import answering, choice, page, read_json
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.routing import PAGE, Query, Route
from bridge.flows import compare_issues, confirm_report, post_report, reverse_report, view_report

STATES = ("held", "ready", "posted", "delivered", "confirmed", "reversed", "superseded")
_ONE = "/api/v1/reports/{id}"


async def list_reports(request: web.Request) -> web.Response:
    """Show reports, the newest first."""
    state, account = choice(request, "state", STATES), request.query.get("account") or None
    app = request.app
    return await answering(view_report.list_reports, app[DATABASE], app[SETTINGS], account, state, **page(request))


async def get_report(request: web.Request) -> web.Response:
    """Show one report."""
    app = request.app
    return await answering(view_report.report_object, app[DATABASE], app[SETTINGS], request.match_info["id"])


async def list_lines(request: web.Request) -> web.Response:
    """Show the normalized lines of a report with their sheet and row."""
    uid = request.match_info["id"]
    return await answering(view_report.report_lines, request.app[DATABASE], uid, **page(request))


async def list_report_documents(request: web.Request) -> web.Response:
    """Show the full preview of a report."""
    app = request.app
    return await answering(view_report.report_documents, app[DATABASE], app[SETTINGS], request.match_info["id"])


async def get_diff(request: web.Request) -> web.Response:
    """Show what a report changes against the issue before it."""
    uid = request.match_info["id"]
    return await answering(compare_issues.report_diff, request.app[DATABASE], uid, **page(request))


async def post(request: web.Request) -> web.Response:
    """Post a report as previewed: the digest says which preview was seen."""
    said = await read_json(request, shapes.Posting)
    app, uid, who = request.app, request.match_info["id"], request[CALLER].name
    return await answering(post_report.post_report, app[DATABASE], app[SETTINGS], uid, said.digest, who)


async def reverse(request: web.Request) -> web.Response:
    """Reverse a posted report, whole or some of its documents."""
    said = await read_json(request, shapes.Reversal)
    app, uid, who = request.app, request.match_info["id"], request[CALLER].name
    day = said.date.isoformat() if said.date else None
    flow = reverse_report.reverse_report
    return await answering(flow, app[DATABASE], app[SETTINGS], uid, said.documents, day, said.reason, who)


async def confirm(request: web.Request) -> web.Response:
    """Let findings pass that a person has looked at."""
    said = await read_json(request, shapes.Confirming)
    app, uid, who = request.app, request.match_info["id"], request[CALLER].name
    flow = confirm_report.confirm_report
    return await answering(flow, app[DATABASE], app[SETTINGS], uid, said.codes, said.reason, who)


ROUTES = [
    Route(
        method="GET", path="/api/v1/reports", handler=list_reports, right="read_reports", summary="Отчёты",
        answer=shapes.ReportPage, problems=(422,),
        query=(*PAGE, Query("account", "Учётная запись"), Query("state", "Состояние", words=STATES)),
    ),
    Route(
        method="GET", path=_ONE, handler=get_report, right="read_reports", summary="Отчёт",
        answer=shapes.ReportObject, problems=(404,),
    ),
    Route(
        method="GET", path=f"{_ONE}/lines", handler=list_lines, right="read_reports", summary="Строки отчёта",
        answer=shapes.LinePage, query=PAGE, problems=(404, 422),
    ),
    Route(
        method="GET", path=f"{_ONE}/documents", handler=list_report_documents, right="read_reports",
        summary="Предпросмотр документов", answer=shapes.Preview, problems=(404,),
    ),
    Route(
        method="GET", path=f"{_ONE}/diff", handler=get_diff, right="read_reports",
        summary="Что изменилось по сравнению с исправленным или заменённым выпуском", answer=issue_shapes.ReportDiff,
        query=PAGE, problems=(404, 422),
    ),
    Route(
        method="POST", path=f"{_ONE}/post", handler=post, right="post_reports", summary="Провести отчёт",
        body=shapes.Posting, answer=shapes.ReportObject, problems=(404, 409, 422),
    ),
    Route(
        method="POST", path=f"{_ONE}/confirm", handler=confirm, right="post_reports",
        summary="Подтвердить замечания", body=shapes.Confirming, answer=shapes.ReportObject, problems=(404, 409, 422),
    ),
    Route(
        method="POST", path=f"{_ONE}/reverse", handler=reverse, right="post_reports", summary="Сторнировать отчёт",
        body=shapes.Reversal, answer=shapes.ReportObject, problems=(404, 409, 422),
    ),
]  # fmt: skip
