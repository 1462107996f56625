"""What a report would become in the books, computed from its lines, the links, the settings and the facts of others.

Nothing here is stored as truth: a preview remembers the count of changes it was computed at and is computed again when
anything it depends on has changed. Only posting turns it into documents.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import documents as document_queries
from bridge.db import issues, returned
from bridge.db import reports as queries
from bridge.db.catalogue import load_catalogue
from bridge.db.services import load_services
from bridge.db.session import Database
from bridge.db.treatments import own_treatments
from bridge.flows import guards
from bridge.flows.late_returns import Late, late_object, late_problems, late_returns
from bridge.flows.upd import tie_upd, wrong_parties
from bridge.settings import Settings
from mappings.items import ProductKey
from mappings.money import ZERO, rounded
from reports.booking import book
from reports.books import Booked, Books, divided
from reports.checks import Amounts, CheckResult, check_problems, result, run_checks
from reports.correction import Issue, corrections
from reports.documents import Document, payout_effect, preview_digest
from reports.expression import evaluate
from reports.kinds import kinds
from reports.lines import Summary
from reports.periods import in_open_months
from reports.problems import Problem, problem
from reports.profile import Profile, profiles
from reports.settings import BookingSettings
from reports.signs import Choice, choose_currency, choose_points, choose_signs, choose_tax
from reports.treatments import Treatment
from reports.unbooked import misplaced, undivided, unlinked_services, untreated, without_pieces, worthless
from reports.upd import Tied

_NAMED = 10
BOOKED = "documents_payout"  # the check whose expected amount is what posting adds to the balance


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it stands now: its checks, problems, unlinked products and documents, and the state they allow."""

    state: str
    explain: str
    summary: Summary
    checks: list[CheckResult]
    problems: list[Problem]
    booked: Booked
    digest: str
    found_number: str = ""
    choices: list[Choice] = []
    upd: dict[str, object] | None = None
    payout: Decimal
    late_returns: dict[str, Any] = {}

    @property
    def documents(self) -> list[Document]:
        """The documents that posting would make."""
        return self.booked.documents


def compute_preview(connection: Connection, settings: Settings, report: Row[Any]) -> Preview:
    """Compute the preview of a report on the given snapshot of the database."""
    owner = queries.account_by_id(connection, report.account_id)
    profile = profiles()[report.profile]
    summary = msgspec.convert(report.summary, Summary)
    problems = msgspec.convert(report.problems, list[Problem])
    facts, summary = _facts(connection, owner, profile, summary)
    chosen = msgspec.convert(owner.settings, BookingSettings)
    summary, currency = choose_currency(summary, chosen)
    effects, signs = choose_signs(profile, summary, facts, chosen)
    own = tuple(own_treatments(connection, owner.id))
    books = _books(settings, owner, chosen, profile, summary, own, effects)
    books = msgspec.structs.replace(books, services=load_services(connection, owner.id))
    amounts = Amounts(summary, facts, effects)
    checks, pending = run_checks(profile, amounts, summary)
    booked, tied = Booked(documents=[], unlinked=[]), Tied(documents=[])
    told: dict[str, Any] = {}
    problems += wrong_parties(owner, profile, summary)
    if summary.period_to or summary.date:  # without a day there is neither a link nor a VAT rate: held, see problems
        booked, came_back = _book(connection, report, owner.id, books)
        problems += late_problems(came_back, summary) + unlinked_services(books, booked) + worthless(books, booked)
        problems += without_pieces(books, booked) + undivided(books, booked)
        told = late_object(connection, came_back, summary)
        booked, tied = tie_upd(connection, owner, report, books, booked)
        problems += tied.problems
        booked, before = _corrected(connection, books, report, booked)
        booked, late = _dated(owner, chosen, report, booked)
        problems += late
        checks += document_checks(books, amounts, booked, before)
    problems = _all_problems(books, problems, checks, booked) + _overlaps(connection, report)
    problems = guards.standing(report, problems + guards.alarms(connection, report, profile, summary))
    waits = bool(pending) and chosen.require_register
    state = "held" if problems or waits else "ready"
    return Preview(
        state=state,
        explain=sentences(
            _explain(state, problems, pending, waits, profile),
            guards.told_elsewhere(connection, report, profile, summary),
        ),
        summary=summary,
        checks=[*checks, *tied.checks],
        problems=problems,
        booked=booked,
        digest=preview_digest(booked.documents, [check.ok for check in checks], [found.code for found in problems]),
        found_number=summary.number,
        choices=[*currency, *signs, *choose_tax(profile, chosen), *choose_points(summary, chosen)],
        upd=tied.shown,
        payout=amounts.paid(),
        late_returns=told,
    )


def _book(connection: Connection, report: Row[Any], account_id: int, books: Books) -> tuple[Booked, Late]:
    keys = queries.product_keys(connection, report.id)
    catalogue = load_catalogue(connection, account_id, keys)
    came_back = late_returns(connection, report, books.tax_system, books.settings, keys, catalogue)
    by_row = books.settings.grouping == "none"
    division = divided(books)
    by_scheme = bool(division.schemes)
    groups = queries.groups(connection, report.id, by_row, came_back.sold, by_day=division.by_day, by_scheme=by_scheme)
    groups_of_returns = returned.returned_groups(connection, report.id, by_row, came_back.sold)
    booked = book(books, chain(groups, groups_of_returns), keys, catalogue)
    ids = [document.id for document in booked.documents]
    if report.corrects or not document_queries.taken(connection, report.id, ids):  # corrections have ids of their own
        return booked, came_back
    # the same report was posted and reversed before: this issue's documents are others, and their ids say so
    anew = msgspec.structs.replace(books, identity=f"{books.identity}|{report.uid}")
    return _book(connection, report, account_id, anew)


def _corrected(
    connection: Connection, books: Books, report: Row[Any], booked: Booked
) -> tuple[Booked, list[Document]]:  # fmt: skip
    """Make the documents of a re-issued report the difference to what is booked of it, which comes beside them."""
    if not report.corrects:
        return booked, []
    before = issues.booked_documents(connection, issues.posted_issues(connection, report))
    issue = Issue(installation=books.installation, prefix=books.prefix, report=report.uid)
    return msgspec.structs.replace(booked, documents=corrections(issue, before, booked.documents)), before


def _dated(
    owner: Row[Any], chosen: BookingSettings, report: Row[Any], booked: Booked
) -> tuple[Booked, list[Problem]]:  # fmt: skip
    """Date the documents in open months. What corrects a closed month always lands in the open one."""
    late = "open_month" if report.corrects else chosen.late_reports
    documents, problems = in_open_months(booked.documents, owner.organization_closed_through, late)
    return msgspec.structs.replace(booked, documents=documents), problems


def refresh(database: Database, settings: Settings, uid: str) -> None:
    """Bring the stored state and short form of an unposted report up to date, if anything changed since."""
    with database.read() as connection:
        count = queries.basis_count(connection)
        report = queries.find_report(connection, uid)
        if report is None or report.state not in queries.OPEN_STATES or report.preview_at == count:
            return
        preview = compute_preview(connection, settings, report)
    with database.write() as connection:
        now = queries.find_report(connection, uid, lock=True)  # so that nobody posts it in between
        if now is not None and now.state in queries.OPEN_STATES and now.preview_at == report.preview_at:
            _store(connection, now, preview, count)


def _store(connection: Connection, report: Row[Any], preview: Preview, count: int) -> None:
    values: dict[str, Any] = {"state": preview.state, "preview": short_form(preview), "preview_at": count}
    taken = preview.found_number != report.number and queries.living_report(
        connection, report.account_id, profile=report.profile, identity=preview.found_number
    )
    if preview.found_number != report.number and not taken:
        values |= {
            "number": preview.found_number,
            "identity": preview.found_number,
            "summary": msgspec.to_builtins(preview.summary),
        }
    queries.update_report(connection, report.id, **values)


def short_form(preview: Preview) -> dict[str, Any]:
    """Return what lists and report objects show of a preview, as plain values."""
    unlinked = preview.booked.unlinked
    return {
        "explain": preview.explain,
        "type": preview.summary.type,
        "number": preview.summary.number,
        "currency": preview.summary.currency,
        "checks": msgspec.to_builtins(preview.checks),
        "problems": msgspec.to_builtins(preview.problems),
        "unmapped": {
            "count": len(unlinked),
            "amount": str(sum((one.amount for one in unlinked), Decimal("0.00"))),
            "products": [
                {**msgspec.to_builtins(one.key), "state": one.state, "candidates": list(one.candidates),
                 "quantity": _plain(one.quantity), "amount": str(one.amount)}
                for one in unlinked[:1000]
            ],
        },
        "documents": [
            {"id": document.id, "kind": document.kind, "number": document.number, "date": document.date,
             "title": document.title, "total": str(document.total), "state": "preview"}
            for document in preview.documents
        ],
        "digest": preview.digest,
        "payout": str(preview.payout),
        "choices": msgspec.to_builtins(preview.choices),
        "treatments": [
            msgspec.to_builtins(one) | {"amount": str(rounded(one.amount))} for one in preview.booked.applied
        ],
        "left_out": {reason: str(amount) for reason, amount in preview.booked.left_out.items()},
        "upd": preview.upd,
        "late_returns": preview.late_returns,
    }  # fmt: skip


def document_checks(
    books: Books, amounts: Amounts, booked: Booked, before: Sequence[Document] = ()
) -> list[CheckResult]:  # fmt: skip
    """Prove that the documents say what the lines say: what they net to is the payout of the kinds they book.

    ``before``: what the documents of a re-issued report correct, and what counts beside them.
    """
    if not books.profile.documents.make:
        return []
    skipped = sum((books.effect(name) * amounts.booked(name) for name in books.profile.documents.skip), ZERO)
    expected = amounts.paid() - skipped - sum(booked.left_out.values(), ZERO)
    actual = sum((payout_effect(one) for one in (*before, *booked.documents)), ZERO)
    return [result(BOOKED, "Документы = к выплате по строкам", expected, actual)]


def _facts(
    connection: Connection, owner: Row[Any], profile: Profile, summary: Summary
) -> tuple[dict[str, Mapping[str, Decimal]], Summary]:
    """Return what other reports state about this one; a missing number is found by facts that tie exactly."""
    found: dict[str, Mapping[str, Decimal]] = {}
    for source in profile.fact_sources:
        scope = summary.number if source.scope == "number" else f"{summary.period_from}..{summary.period_to}"
        rows = queries.find_facts(connection, owner.id, source.profile, scope) if scope else []
        if not rows and not scope and source.identify:
            rows = _identified(connection, owner, source.profile, source.identify, summary)
        if rows:
            found[source.name] = {name: Decimal(value) / 100 for name, value in rows[0].values.items()}
            if source.scope == "number":
                summary = msgspec.structs.replace(summary, number=rows[0].scope, type=summary.type or rows[0].type)
    return found, summary


def _identified(
    connection: Connection, owner: Row[Any], source: str, identify: Mapping[str, str], summary: Summary
) -> list[Row[Any]]:
    """Find the one register row whose sums are this report's sums."""
    amounts = Amounts(summary)
    sums = {name: evaluate(text, amounts) * 100 for name, text in identify.items()}
    rows = {
        row.scope: row
        for row in queries.find_facts(connection, owner.id, source)
        if all(Decimal(row.values[name]) == value for name, value in sums.items())
    }
    return list(rows.values()) if len(rows) == 1 else []


def _books(
    settings: Settings, owner: Row[Any], chosen: BookingSettings, profile: Profile, summary: Summary,
    own: tuple[Treatment, ...], effects: dict[str, int],
) -> Books:  # fmt: skip
    if profile.identity.basis == "content":
        identity = summary.content
    elif profile.identity.basis == "period":
        identity = f"{summary.period_from}..{summary.period_to}"
    else:
        identity = f"{summary.number}|{summary.period_from}..{summary.period_to}"
    return Books(
        installation=settings.installation,
        organization=owner.organization_name,
        prefix=owner.organization_prefix,
        tax_system=owner.organization_tax_system,
        account=owner.name,
        erp=owner.erp,
        settings=chosen,
        profile=profile,
        summary=summary,
        identity=f"{profile.name}|{identity}",
        own=own,
        start=owner.start_date.isoformat() if owner.start_date else "",
        effects=effects,
    )


def _all_problems(books: Books, found: list[Problem], checks: list[CheckResult], booked: Booked) -> list[Problem]:
    lawful = books.summary.type in books.profile.identity.empty_types
    problems = [one for one in found if not (lawful and one.code == "report_empty")]
    waiting = untreated(booked)  # their sum is missing in the documents: that is no fault of the file
    problems += check_problems([one for one in checks if not waiting or one.code != BOOKED]) + waiting
    problems += misplaced(books)
    for state, code in (("unlinked", "products_unlinked"), ("ambiguous", "products_ambiguous")):
        missing = [one for one in booked.unlinked if one.state == state]
        if missing:
            names = ", ".join(_called(one.key) for one in missing[:_NAMED])
            problems.append(problem(code, found=f"{len(missing)}: {names}{' …' if len(missing) > _NAMED else ''}"))
    return problems


def _called(key: ProductKey) -> str:
    """Return what a person recognises a product by: article and size, or the next best code."""
    named = "/".join(filter(None, (key.article, key.size)))
    return named if key.article else key.barcode or key.key


def _overlaps(connection: Connection, report: Row[Any]) -> list[Problem]:
    """Hold a report that repeats rows of an earlier one, where the numbers cannot keep the two apart."""
    return [
        problem("rows_overlap", found=f"{rows} уже есть в отчёте {number or 'без номера'}")
        for number, rows in queries.overlaps(connection, report)
    ]


def _explain(state: str, problems: list[Problem], pending: list[str], waits: bool, profile: Profile) -> str:
    if state == "ready":
        text = "Всё сходится, отчёт можно проводить."
        if not profile.documents.make:
            return "Контрольный реестр: документов не создаёт, по нему сверяются отчёты."
        return text + (f" Ещё не сверено ({len(pending)}): {pending[0]} …" if pending else "")
    if problems:
        return f"Отчёт удержан: {problems[0].message}" + (f" (и ещё {len(problems) - 1})" if len(problems) > 1 else "")
    return f"Отчёт ждёт сверки: {pending[0]}" if waits else ""


def sentences(told: str, more: str) -> str:
    """Return a sentence with another one behind it, if there is one."""
    return told + ("" if not more or told.endswith((".", "…")) else ".") + (f" {more}" if more else "")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def booked_totals(profile: Profile, summary: Summary, payout: str = "") -> dict[str, Any]:
    """Return the totals by kind as they are booked, with revenue (sales less returns) and payout.

    ``payout`` is that of the preview, which knows the signs chosen; empty while there is none.
    """
    amounts = Amounts(summary)
    names = {line.kind for operation in profile.operations for line in operation.lines}
    names |= {charge.kind for charge in profile.charges} | {"sale", "return", "commission"}
    totals: dict[str, Any] = {
        name: {"quantity": _plain(amounts.quantity(name)), "amount": str(amounts.booked(name))}
        for name in kinds()
        if name in names
    }
    totals["revenue"] = str(amounts.booked("sale") - amounts.booked("return"))
    totals["payout"] = payout or str(amounts.paid())
    return totals
