"""Exactly one profile for a file, or a refusal that names the nearest profile and what it missed."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from reports.header import Binding, bind, found_anchors, head_rows, normal
from reports.problems import Problem, Refused, problem
from reports.profile import Profile, Stranger, profiles
from reports.reading import Cell, Row, Table

_HEAD = 40
GENERIC = "generic"
ANY = "*"


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """The profile of a file, the tables it applies to with their bindings and first rows, and the sheets left aside."""

    profile: Profile
    tables: list[tuple[Table, Binding, list[Row]]]
    skipped: tuple[Table, ...] = ()


def match(tables: Sequence[Table], channel: str, forced: str = "") -> Matched:
    """Find the one profile whose tables these are. ``forced`` names the profile the user chose.

    Raises Refused: no profile, several, one of another channel, an unknown name, or a file without any row.
    """
    candidates = _candidates(channel, forced)
    heads = _without_strangers([(table, head_rows(table, _HEAD)) for table in tables])
    if not any(_filled(head) for _, head in heads):
        raise Refused(problem("report_empty"))
    found = _matches(candidates, heads)
    if len(found) > 1:
        names = ", ".join(f"«{matched.profile.title}»" for matched in found)
        raise Refused(problem("profile_many", found=names))
    if found:
        return found[0]
    others = [] if forced else _matches([p for p in profiles().values() if p not in candidates], heads)
    if others:
        raise Refused(problem("profile_channel", found=others[0].profile.title))
    raise Refused(_nearest(candidates, heads))


def _candidates(channel: str, forced: str) -> list[Profile]:
    known = profiles()
    if forced:
        if forced not in known:
            raise Refused(problem("profile_unknown", found=forced))
        return [known[forced]]
    own = [profile for profile in known.values() if profile.channel == channel]
    return [*(own or [known[GENERIC]]), *(profile for profile in known.values() if profile.channel == ANY)]


def _without_strangers(heads: list[tuple[Table, list[Row]]]) -> list[tuple[Table, list[Row]]]:
    """Refuse a document that some profile knows to be something else, and say what; pass over what may lie beside."""
    strange = [(table, *known) for table, head in heads if (known := _stranger(table, head))]
    own = [(table, head) for table, head in heads if not any(table is one for one, _, _ in strange)]
    for table, stranger, value in strange:
        if not (stranger.aside and own):
            raise Refused(problem(stranger.problem, sheet=table.sheet, found=stranger.called or value))
    return own


def _stranger(table: Table, head: Sequence[Row]) -> tuple[Stranger, str] | None:
    rows = [{normal(cell) for cell in cells if isinstance(cell, str)} for _, cells in head]
    for stranger in (each for profile in profiles().values() for each in profile.strangers):
        if stranger.headers and any({normal(header) for header in stranger.headers} <= row for row in rows):
            return stranger, ""
        for path, value in table.scalars.items():
            if path.endswith(stranger.ends) and any(fnmatchcase(value, known) for known in stranger.values):
                return stranger, value
    return None


def _matches(candidates: Iterable[Profile], heads: list[tuple[Table, list[Row]]]) -> list[Matched]:
    found = []
    for profile in candidates:
        bound = [(table, binding, head) for table, head in heads if (binding := bind(profile, table, head))]
        if profile.rows.one_sheet:
            bound = bound[:1]
        if bound:
            taken = [table for table, _, _ in bound]
            skipped = tuple(table for table, head in heads if table not in taken and _filled(head))
            found.append(Matched(profile=profile, tables=bound, skipped=skipped))
    return found


def _nearest(candidates: Sequence[Profile], heads: list[tuple[Table, list[Row]]]) -> Problem:
    """Say which profile comes nearest and which of its headers are not there."""

    def score(profile: Profile, head: list[Row]) -> float:
        return len(found_anchors(profile, head)) / len(profile.rows.anchors)

    profile, table, head = max(
        ((profile, table, head) for profile in candidates for table, head in heads),
        key=lambda pair: score(pair[0], pair[2]),
    )
    present = found_anchors(profile, head)
    missing = [
        f"«{(profile.fields[anchor].headers or profile.fields[anchor].names)[0]}»"
        for anchor in profile.rows.anchors
        if anchor not in present
    ]
    expected = ", ".join(missing) or f"строка заголовков среди первых {profile.rows.within} строк"
    return problem("profile_none", sheet=table.sheet, found=profile.title, expected=expected)


def _filled(head: Iterable[Row]) -> bool:
    return any(_said(cell) for _, cells in head for cell in cells)


def _said(cell: Cell) -> bool:
    return cell is not None and cell != ""
