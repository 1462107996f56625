"""Documents: the ERP fetches them and answers, as often as it likes, with the same effect."""

from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import answering, choice, flag, page, read_json
from bridge.api.keys import CALLER, DATABASE
from bridge.api.routing import PAGE, Query, Route
from bridge.flows import hand_over

STATES = ("ready", "delivered", "confirmed", "refused")
_ONE = "/api/v1/documents/{id}"


async def list_documents(request: web.Request) -> web.Response:
    """Show documents in the order of posting."""
    state, account = choice(request, "state", STATES), request.query.get("account") or None
    return await answering(hand_over.list_documents, request.app[DATABASE], state, account, **page(request))


async def get_document(request: web.Request) -> web.Response:
    """Show one document, with or without the rows of the file it was made of."""
    sources = flag(request.query.get("sources", "true"), "sources")
    return await answering(hand_over.document_object, request.app[DATABASE], request.match_info["id"], sources)


async def acknowledge(request: web.Request) -> web.Response:
    """Take the ERP's word that it has the document."""
    said = await read_json(request, shapes.Acknowledgement)
    uid, who = request.match_info["id"], request[CALLER].name
    flow = hand_over.acknowledge
    return await answering(flow, request.app[DATABASE], uid, said.erp_ref, said.number, said.posted, who)


async def refuse(request: web.Request) -> web.Response:
    """Take the ERP's word that it cannot accept the document."""
    said = await read_json(request, shapes.DocumentRefusal)
    uid, who = request.match_info["id"], request[CALLER].name
    return await answering(hand_over.refuse, request.app[DATABASE], uid, said.message, who)


ROUTES = [
    Route(
        method="GET", path="/api/v1/documents", handler=list_documents, right="read_documents",
        summary="Документы для учётной системы", answer=shapes.DocumentPage, problems=(422,),
        query=(*PAGE, Query("state", "Состояние", words=STATES), Query("account", "Учётная запись")),
    ),
    Route(
        method="GET", path=_ONE, handler=get_document, right="read_documents", summary="Документ",
        answer=shapes.DocumentObject, query=(Query("sources", "false: без строк файла", "boolean"),),
        problems=(404, 422),
    ),
    Route(
        method="POST", path=f"{_ONE}/ack", handler=acknowledge, right="answer_documents",
        summary="Учётная система приняла документ", body=shapes.Acknowledgement, answer=shapes.DocumentObject,
        problems=(404, 409, 422),
    ),
    Route(
        method="POST", path=f"{_ONE}/refuse", handler=refuse, right="answer_documents",
        summary="Учётная система не приняла документ", body=shapes.DocumentRefusal, answer=shapes.DocumentObject,
        problems=(404, 409, 422),
    ),
]  # fmt: skip
