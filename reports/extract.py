"""The recipe that turns a file into a report: open, match, parse, read totals, name it. And its own process.

``python -m reports.extract`` reads one request from standard input and writes messages to standard output, each as four
bytes of length and MessagePack: a hostile file can then exhaust only this process, whose memory is bounded where the
system allows it and whose time is bounded by the parent.
"""

import sys
from collections.abc import Iterator, Sequence
from decimal import getcontext
from pathlib import Path

import msgspec

from reports.cells import Broken, is_empty, kopecks, plain_text
from reports.drift import judge_columns, judge_sheets, nearest_layout
from reports.header import Binding, normal
from reports.identity import identify, require_one_report
from reports.limits import Limits
from reports.lines import Batch, End, Message, Refusal
from reports.match import Matched, match
from reports.parse import CONTENTS, Parser
from reports.problems import Problem, Refused, problem
from reports.profile import Profile
from reports.reading import Cell, Table
from reports.reading.container import open_tables

_PORTION = 4_000
_PORTION_ROWS = 20_000


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the user gave: the stored file, its original name and what was said beside it."""

    path: str
    name: str
    channel: str
    profile: str = ""
    number: str = ""
    date: str = ""
    period_from: str = ""
    period_to: str = ""
    limits: Limits = Limits()
    engine: str = ""


def extract(request: Request) -> Iterator[Message]:
    """Read a file to its end, giving portions as they come and last the summary, or a refusal."""
    getcontext().prec = 60
    try:
        with open_tables(Path(request.path), request.name, request.limits, request.engine) as tables:
            yield from read_tables(request, tables)
    except Refused as refused:
        yield Refusal(list(refused.problems))


def read_tables(request: Request, tables: Sequence[Table]) -> Iterator[Message]:
    """Read the tables of an opened file; raises Refused. Decimals need the precision that ``extract`` sets."""
    matched = match(tables, request.channel, request.profile)
    require_one_report(matched)
    parser = Parser(matched.profile, request.limits)
    footers: dict[str, str] = {}
    layout = ""
    whole: list[Problem] = []
    contents: set[int] = set()
    parser.several = len(matched.tables) > 1
    for table, binding, _ in matched.tables:
        layout = _judge_layout(matched.profile, parser, table, binding)
        parser.start(table, binding)
        before, content = parser.rows_total, parser.content
        yield from _rows(request, parser, table, binding, footers)
        whole += judge_columns(matched.profile, table, binding, parser.unbound, parser.rows_total - before)
        told = (parser.content - content) % CONTENTS
        if told in contents:  # a copy, also where rows have no reference
            parser.overlaps.setdefault(table.sheet, parser.rows_total - before)
        contents |= {told} - {0}
    _overlaps(parser)
    _scalar_footers(matched, parser, footers)
    _missing_footers(matched, parser, footers, layout)
    whole += [*parser.operations.problems(), *judge_sheets(() if matched.profile.rows.one_sheet else matched.skipped)]
    parser.problems_total += len(whole)
    summary = identify(request, matched, parser, footers)
    yield _portion(parser)
    skipped = tuple(table.sheet for table in matched.skipped)
    yield End(msgspec.structs.replace(summary, footers=footers, layout=layout, skipped_sheets=skipped), whole)


def _overlaps(parser: Parser) -> None:
    for sheet, rows in parser.overlaps.items():
        parser.report(problem("rows_overlap", sheet=sheet, found=f"строк {rows} этого листа уже есть на другом"))


def _rows(
    request: Request, parser: Parser, table: Table, binding: Binding, footers: dict[str, str]
) -> Iterator[Message]:
    """Feed the data rows of one table; what stands below the table is searched for its totals."""
    profile, limits = parser.profile, request.limits
    counter = binding.columns.get(profile.rows.counter)
    state = "before" if counter is not None else "data"
    for number, cells in table.rows():
        if number <= binding.row:
            continue
        if number > limits.rows or len(cells) > limits.columns:
            raise Refused(
                problem("file_too_large", sheet=table.sheet, row=number, found=f"{number} строк, {len(cells)} колонок")
            )
        is_data = counter is None or _is_number(cells, counter)
        if state != "after" and is_data and not _is_end(profile, binding, cells):
            state = "data"
            if profile.rows.summary and _is_summary(profile, binding, cells):
                parser.summarize(number, cells)
                _totals_above(parser, table, binding, number, cells, footers)
            else:
                _take(parser, number, cells)
        elif state == "data" and counter is not None and _is_data(profile, binding, cells):
            parser.hold(number, "number_broken", profile.rows.counter, cells[counter] if counter < len(cells) else "")
        elif state == "data" and (counter is not None or _is_end(profile, binding, cells)):
            state = "after"
            if counter is None:
                parser.ignore("итог таблицы")
        if state == "after":
            _below(parser, table, binding, number, cells, footers)
        if len(parser.batch.lines) >= _PORTION or parser.rows_total % _PORTION_ROWS == _PORTION_ROWS - 1:
            yield _portion(parser)


def _take(parser: Parser, number: int, cells: list[Cell]) -> None:
    if all(map(is_empty, cells)):
        parser.ignore("пустая строка")
        return
    held = parser.rows_unknown
    parser.feed(number, cells)
    if held == parser.rows_unknown and (stated := parser.state(number, cells)):
        parser.batch.facts.append(stated)


def _first_text(cells: Sequence[Cell]) -> str:
    return next((plain_text(cell) for cell in cells if not is_empty(cell)), "")


def _is_number(cells: Sequence[Cell], index: int) -> bool:
    cell = cells[index] if index < len(cells) else None
    if isinstance(cell, bool) or is_empty(cell):
        return False
    return isinstance(cell, int | float) or plain_text(cell).isdigit()


def _is_end(profile: Profile, binding: Binding, cells: Sequence[Cell]) -> bool:
    """True for the row that closes the table; a row where every anchor is filled is data, whatever it begins with."""
    if not profile.rows.end or _is_data(profile, binding, cells):
        return False
    first = _first_text(cells)
    return any(normal(first).startswith(normal(label)) for label in profile.rows.end)


def _is_data(profile: Profile, binding: Binding, cells: Sequence[Cell]) -> bool:
    places = [binding.columns[anchor] for anchor in profile.rows.anchors if anchor in binding.columns]
    return bool(places) and all(place < len(cells) and not is_empty(cells[place]) for place in places)


def _is_summary(profile: Profile, binding: Binding, cells: Sequence[Cell]) -> bool:
    """True for a row that is no data and has what only a row about the whole report has."""
    place = binding.columns.get(profile.rows.summary, len(cells))
    return place < len(cells) and not is_empty(cells[place]) and not _is_data(profile, binding, cells)


def _totals_above(
    parser: Parser, table: Table, binding: Binding, number: int, cells: Sequence[Cell], footers: dict[str, str]
) -> None:
    """Keep the totals of a summary row: its columns are named as they are."""
    for footer in parser.profile.footers:
        labels = {normal(label) for label in footer.labels}
        for place, header in binding.headers.items():
            if normal(header) in labels and place < len(cells):
                before = footers.get(footer.code)
                _keep_footer(parser, table.sheet, number, footer.code, header, cells[place], footers)
                if before not in (None, footers[footer.code]):
                    parser.report(
                        problem("rows_differ", sheet=table.sheet, row=number, column=header, found=cells[place])
                    )


def _below(
    parser: Parser, table: Table, binding: Binding, number: int, cells: Sequence[Cell], footers: dict[str, str]
) -> None:
    """Look for totals in a row below the table; a data row there means that the table was torn."""
    profile = parser.profile
    counter = binding.columns.get(profile.rows.counter)
    if _is_number(cells, counter) if counter is not None else _is_data(profile, binding, cells):
        parser.rows_total += 1
        parser.rows_unknown += 1
        parser.report(problem("row_after_end", sheet=table.sheet, row=number, found=_first_text(cells)))
        return
    for footer in profile.footers:
        labels = {normal(label) for label in footer.labels}
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and normal(cell) in labels:
                value = next((after for after in cells[place + 1 :] if not is_empty(after)), None)
                _keep_footer(parser, table.sheet, number, footer.code, str(cell), value, footers)
    if profile.rows.sum_row and not any(code.startswith("sum_") for code in footers):
        sums = {
            name: cells[index]
            for name in profile.columns
            if (index := binding.columns.get(name)) is not None and index < len(cells)
        }
        filled = {name: cell for name, cell in sums.items() if isinstance(cell, int | float)}
        for name, cell in filled.items() if len(filled) > 2 else ():
            label = binding.headers[binding.columns[name]]
            _keep_footer(parser, table.sheet, number, f"sum_{name}", label, cell, footers)


def _keep_footer(
    parser: Parser, sheet: str, row: int | None, code: str, label: str, value: Cell, footers: dict[str, str]
) -> None:
    try:
        footers[code] = str(kopecks(value))
    except Broken:
        parser.report(problem("number_broken", sheet=sheet, row=row, column=label, found=value))


def _scalar_footers(matched: Matched, parser: Parser, footers: dict[str, str]) -> None:
    for table, _, _ in matched.tables:
        for footer in matched.profile.footers:
            for path in footer.scalar:
                if path in table.scalars:
                    _keep_footer(parser, table.sheet, None, footer.code, path, table.scalars[path], footers)


def _missing_footers(matched: Matched, parser: Parser, footers: dict[str, str], layout: str) -> None:
    table = matched.tables[0][0]
    for footer in matched.profile.footers:
        wanted = footer.required and footer.required.startswith(table.form[:5])
        if footer.code in footers or not wanted or (footer.layouts and layout not in footer.layouts):
            continue
        label = (footer.labels or footer.scalar)[0]
        if not matched.profile.rows.summary:
            parser.report(problem("footer_missing", sheet=table.sheet, column=label))
        elif len(repeated := list(parser.constants.totals)) == 1:
            _keep_footer(parser, table.sheet, None, footer.code, label, repeated[0], footers)
        else:
            parser.report(problem("summary_missing", sheet=table.sheet, column=label))


def _judge_layout(profile: Profile, parser: Parser, table: Table, binding: Binding) -> str:
    """Return the layout that the columns come nearest to; report one that cannot be booked."""
    nearest = nearest_layout(profile, binding)
    if nearest and nearest.incomplete:
        parser.report(problem("layout_incomplete", sheet=table.sheet, row=binding.row, found=nearest.incomplete))
    return nearest.name if nearest else ""


def _portion(parser: Parser) -> Batch:
    batch, parser.batch = parser.batch, Batch()
    batch.keys, parser.keys.fresh = parser.keys.fresh, []
    batch.rows_done = parser.rows_total
    return batch


def main() -> None:
    """Serve one request of the parent process."""
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    _bound_memory(request.limits.memory)
    out = sys.stdout.buffer
    encode = msgspec.msgpack.Encoder().encode
    for message in extract(request):
        frame = encode(message)
        out.write(len(frame).to_bytes(4, "big"))
        out.write(frame)
        out.flush()


def _bound_memory(most: int) -> None:
    try:
        import resource  # absent on Windows, where the parent's time limit is the only bound
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
