"""Which УПД belong to a report, and the report's documents tied to them.

A УПД belongs to the reports whose period holds its date, first and last day included; where its uploader stated a
period, to the reports whose period holds that one. Counted are УПД of the account that live, have no problem, tie in
themselves, are in roubles, and were made out to the organization by its commissioner. Where several reports of one
kind hold the same УПД (Wildberries: sales and buyouts of a week), they are compared together, and the one imported
first carries the difference.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from bridge.db import issues
from bridge.db.reports import OPEN_STATES, account_by_id
from bridge.db.tables import reports
from bridge.flows import guards
from mappings.money import ZERO
from reports.books import Booked, Books
from reports.checks import Amounts, CheckResult, run_checks
from reports.kinds import kinds
from reports.lines import Summary
from reports.month import MonthCheck, Reason
from reports.parties import commissioner_inn, party_problems
from reports.problems import Problem, problem
from reports.profile import Profile, profiles
from reports.settings import BookingSettings
from reports.upd import PROFILE, Policy, Tied, Upd, groups_of, posted_checks, tie, upd_of

_CURRENCY = "RUB"  # of what is compared with a УПД
_GONE = ("superseded", "reversed", "receiving")


def tie_upd(
    connection: Connection, owner: Row[Any], report: Row[Any], books: Books, booked: Booked
) -> tuple[Booked, Tied]:
    """Return the documents as the УПД of their period have them, and what the comparison found."""
    chosen, policy = books.settings, _policy(books)
    if not policy.groups or (chosen.upd == "none" and not chosen.require_upd):
        return booked, Tied(documents=booked.documents)
    found = [
        (row, summary)
        for row, summary in _living(connection, owner.id, PROFILE)
        if _holds(books.summary, summary) and _usable(connection, owner, row, summary)
    ]
    others = [
        (row, summary)
        for row, summary in _living(connection, owner.id, report.profile)
        if row.id != report.id and row.uid != report.corrects and any(_holds(summary, upd) for _, upd in found)
    ]
    charged = _charged([summary for _, summary in others], policy)
    if left_out := booked.left_out.get("services_by_upd"):
        charged["services"] = charged.get("services", ZERO) - left_out
    upds = [upd_of(row.uid, summary) for row, summary in found]
    tied = tie(books, booked.documents, upds, policy, charged, carries=all(report.id < row.id for row, _ in others))
    return msgspec.structs.replace(booked, documents=tied.documents), tied


def checks_after_posting(connection: Connection, account_id: int, first: date, last: date) -> list[MonthCheck]:
    """Compare the reports that end in these days, and are posted, with their УПД: one may have come after the posting.

    A report that is not posted yet is compared by its own preview, and so are those that share its УПД.
    """
    owner = account_by_id(connection, account_id)
    chosen = msgspec.convert(owner.settings, BookingSettings)
    if chosen.upd == "none" and not chosen.require_upd:
        return []
    upds = [one for one in _living(connection, owner.id, PROFILE) if _usable(connection, owner, *one)]
    found = _loose(connection, owner.id, upds, first, last)
    for profile in profiles().values() if upds else ():
        groups = [name for name in groups_of(profile) if name == "commission" or chosen.services != "none"]
        policy = msgspec.structs.replace(_policy_of(chosen, profile), groups=tuple(groups))
        for held, rows in _under_upd(connection, owner.id, profile.name, upds, first, last) if groups else ():
            documents = [
                one
                for row in rows
                for one in issues.booked_documents(connection, issues.posted_issues(connection, row))
            ]
            found += [_month_check(check, held, policy) for check in posted_checks(documents, held, policy)]
    return found


def _loose(
    connection: Connection, account_id: int, upds: Sequence[tuple[Any, Summary]], first: date, last: date
) -> list[MonthCheck]:
    """Return the УПД of these days that belong to no report: what they charge is not in the books."""
    charging = [name for name, profile in profiles().items() if groups_of(profile)] if upds else []
    living = [summary for name in charging for _, summary in _living(connection, account_id, name)]
    found = []
    for row, told in upds:
        mine = first.isoformat() <= (told.period_to or told.date) <= last.isoformat()
        if mine and not any(_holds(one, told) for one in living):
            amount = sum(upd_of(row.uid, told).sums.values(), ZERO)
            found.append(
                MonthCheck(
                    code="upd_loose", title=f"УПД № {told.number} от {told.date}: отчёта за этот период нет",
                    expected=amount, actual=ZERO, difference=-amount, ok=False, unexplained=-amount,
                )
            )  # fmt: skip
    return found


def _under_upd(
    connection: Connection, account_id: int, profile: str, upds: Sequence[tuple[Any, Summary]], first: date, last: date
) -> list[tuple[list[Upd], list[Row[Any]]]]:
    """Return the УПД with the reports of a profile that they are of, all posted, and ending in these days."""
    found: dict[tuple[int, ...], list[Row[Any]]] = {}
    for row, summary in _living(connection, account_id, profile):
        mine = tuple(upd.id for upd, told in upds if _holds(summary, told))
        if mine and first.isoformat() <= summary.period_to <= last.isoformat():
            found.setdefault(mine, []).append(row)
    known = {row.id: upd_of(row.uid, summary) for row, summary in upds}
    posted = {key: rows for key, rows in found.items() if not any(row.state in OPEN_STATES for row in rows)}
    return [([known[each] for each in key], rows) for key, rows in posted.items()]


def _month_check(check: CheckResult, upds: Sequence[Upd], policy: Policy) -> MonthCheck:
    """Return a comparison as the month shows it: within the tolerance of ``check`` it is the rounding of the УПД, while
    ``book`` would have had its sums booked."""
    named = "; ".join(f"№ {upd.number} от {upd.date}" for upd in upds)
    reasons = []
    if check.difference and abs(check.difference) <= policy.tolerance:
        code, title = ("upd_rounding", f"Округление УПД, в пределах допуска {policy.tolerance}")
        if policy.mode == "book":
            code, title = "upd_late", "УПД пришла после проведения: сторнируйте отчёт и загрузите его снова"
        reasons = [Reason(code=code, title=title, amount=check.difference, settled=check.ok)]
    return MonthCheck(
        code=check.code, title=f"{check.title} (УПД {named})", expected=check.expected, actual=check.actual,
        difference=check.difference, ok=check.ok, reasons=reasons,
        unexplained=ZERO if reasons or not check.difference else check.difference,
    )  # fmt: skip


def wrong_parties(owner: Row[Any], profile: Profile, summary: Summary) -> list[Problem]:
    """Return what is wrong with the parties and the currency of a document that names them; other reports have none."""
    if not profile.identity.parties:
        return []
    commissioner = commissioner_inn(owner.channel, owner.erp, summary.date)
    found = party_problems(summary.parties, owner.organization_inn, commissioner)
    if summary.currency != _CURRENCY:
        found.append(problem("currency_unexpected", found=summary.currency, expected=_CURRENCY))
    return found


def _policy(books: Books) -> Policy:
    return _policy_of(books.settings, books.profile)


def _policy_of(chosen: BookingSettings, profile: Profile) -> Policy:
    return Policy(
        mode=chosen.upd, tolerance=Decimal(chosen.upd_tolerance), required=chosen.require_upd,
        without=chosen.upd_without, groups=groups_of(profile),
    )  # fmt: skip


def _living(connection: Connection, account_id: int, profile: str) -> list[tuple[Any, Summary]]:
    c = reports.c
    query = select(reports).where(
        c.account_id == account_id, c.profile == profile, c.identity.is_not(None), c.state.not_in(_GONE)
    )
    return [(row, msgspec.convert(row.summary, Summary)) for row in connection.execute(query.order_by(c.id))]


def _usable(connection: Connection, owner: Row[Any], row: Row[Any], summary: Summary) -> bool:
    """True for a УПД that is not held: the same question its own preview answers."""
    profile = profiles()[PROFILE]
    checks, _ = run_checks(profile, Amounts(summary), summary)
    problems = msgspec.convert(row.problems, list[Problem]) + wrong_parties(owner, profile, summary)
    problems += guards.alarms(connection, row, profile, summary)
    return all(check.ok for check in checks) and not guards.standing(row, problems)


def _holds(report: Summary, upd: Summary) -> bool:
    first, last = upd.period_from or upd.date, upd.period_to or upd.date
    return bool(report.period_from) and report.period_from <= first and last <= report.period_to


def _charged(summaries: Sequence[Summary], policy: Policy) -> dict[str, Decimal]:
    """Return what other reports charge, by group; nothing where there are none."""
    found: dict[str, Decimal] = {}
    for summary in summaries:
        amounts = Amounts(summary)
        covered = [name for name, kind in kinds().items() if kind.books == "service" and name not in policy.without]
        charged = {"commission": amounts.booked("commission"), "services": sum(map(amounts.booked, covered), ZERO)}
        found = {name: found.get(name, ZERO) + amount for name, amount in charged.items()}
    return found
