"""Has a number changed its meaning: a column a hundred times larger than before, or turned in its sign, or gone?

A marketplace once changed percentages from fractions (0.05) to percent (5) between two weekly reports, without a word
and without a new column name. Inside one report nothing shows that; beside the reports before it, it does. Compared is
the typical size of a column in rows of one kind (its geometric mean: one huge row does not move it), with every report
of the recent past whose own numbers were in order. Pure: stats in, problems out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from reports.drift import roubles
from reports.kinds import kinds
from reports.lines import Stat, Summary
from reports.problems import Problem, problem
from reports.profile import Profile

# A change of unit is a hundredfold or a thousandfold. Other goods and a campaign may take up to a fivefold off what is
# seen of it, so that twentyfold of every recent period is an alarm (4.32 binary digits); fewer values scatter more, and
# there it takes fiftyfold (5.64).
FACTOR_DIGITS = 4.32
FACTOR_DIGITS_FEW = 5.64
FEW_VALUES = 20
LEAST_VALUES = 5  # fewer values have no typical size: two fines may well differ a hundredfold
STEADY_DIGITS = 2.0  # few values tell something where all remembered periods had some, fourfold apart at most: storage
# A sign has flipped when hardly a value was negative and now nearly all are, or the reverse. One correction among seven
# charges must not hide it.
RARE, COMMON = 0.15, 0.85
REMEMBERED = 6  # periods that the present one is compared with; a season or a campaign among them widens what is usual
LOOKED_AT = 26  # periods from which these are chosen: half a year of weeks

Measured = tuple[str, str]  # a field and the kind of its rows


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier report. ``trusted``: its numbers are known to be in order, since it was posted; ``confirmed`` tells of
    a finding that a person let it pass."""

    summary: Summary
    trusted: bool
    confirmed: Callable[[Problem], bool]


def scale_problems(profile: Profile, summary: Summary, before: Iterable[Period]) -> list[Problem]:
    """Return what changed its size, its sign, or went missing since the reports before; the oldest comes first.

    A report that was itself found out, and that nobody let pass, is no measure for the next one.
    """
    usual: list[Summary] = []
    for period in before:
        if period.trusted or all(map(period.confirmed, _found(profile, period.summary, usual))):
            usual.append(period.summary)
    return _found(profile, summary, usual)


def _found(profile: Profile, summary: Summary, usual: Sequence[Summary]) -> list[Problem]:
    recent = [(each, _stats(profile, each)) for each in usual[-REMEMBERED:]]
    found: list[Problem] = []
    for key, now in _stats(profile, summary).items():
        percent = profile.fields[now.field].type == "percent"  # its unit may differ between a file and the API
        past = [stats[key] for each, stats in recent if key in stats and (not percent or each.form == summary.form)]
        found += _changed(now, past if _steady(past) else [stat for stat in past if stat.count >= LEAST_VALUES])
    return found + _gone(profile, summary, recent[-1:])


def _stats(profile: Profile, summary: Summary) -> Mapping[Measured, Stat]:
    """Return what was measured; a field that the profile has no more, since a release of the program, is left out."""
    return {(stat.field, stat.kind): stat for stat in summary.stats if stat.field in profile.fields}


def _steady(past: Sequence[Stat]) -> bool:
    """True when every remembered period had about the same: then even its one value a week has a typical size."""
    sizes = [_size(stat) for stat in past if stat.count]
    return len(sizes) == REMEMBERED and max(sizes) - min(sizes) <= STEADY_DIGITS


def _changed(now: Stat, past: Sequence[Stat]) -> Iterable[Problem]:
    if not now.count or not past or (now.count < LEAST_VALUES and not _steady(past)):
        return
    if all(_far(now, stat) for stat in past):
        told = f"в среднем было {_mean(past[-1])}, стало {_mean(now)} (значений {now.count})"
        yield problem("scale_changed", column=_called(now), found=_mean(now), expected=_mean(past[-1]), details=told)
    share, shares = _negative(now), [_negative(stat) for stat in past]
    if (share > COMMON and max(shares) < RARE) or (share < RARE and min(shares) > COMMON):
        told = f"отрицательных было {past[-1].negative} из {past[-1].count}, стало {now.negative} из {now.count}"
        yield problem("sign_flipped", column=_called(now), found=_mean(now), expected=_mean(past[-1]), details=told)


def _gone(profile: Profile, summary: Summary, last: Iterable[tuple[Summary, Mapping[Measured, Stat]]]) -> list[Problem]:
    """Name the columns of the last table that this table does not have any more, with the rows and sum they held.

    Only of sheets: an API leaves out what is empty. A table without any columns is a lawful empty report.
    """
    if summary.form != "sheet" or not summary.fields:
        return []
    return [
        _missed(profile, name, before, [stat for stat in stats.values() if stat.field == name])
        for before, stats in last
        for name in (before.fields if before.form == "sheet" else ())
        if name in profile.fields and name not in summary.fields
    ]


def _missed(profile: Profile, name: str, before: Summary, stats: Sequence[Stat]) -> Problem:
    field = profile.fields[name]
    header = stats[0].header if stats else (field.headers or field.names)[0]
    held = f"строк {before.rows_total}"
    if stats and field.type == "money":
        held = f"строк не меньше {sum(stat.count for stat in stats)}"
        held += f", сумма {roubles(Decimal(before.columns[name]))}" if name in before.columns else ""
    return problem("column_gone", column=header, details=held)


def _far(one: Stat, other: Stat) -> bool:
    few = min(one.count, other.count) < FEW_VALUES
    return abs(_size(one) - _size(other)) >= (FACTOR_DIGITS_FEW if few else FACTOR_DIGITS)


def _size(stat: Stat) -> float:
    """Return the typical number of binary digits of a value in hundredths; no money is computed from it."""
    return stat.digits / stat.count


def _negative(stat: Stat) -> float:
    return stat.negative / stat.count


def _mean(stat: Stat) -> str:
    mean = Decimal(stat.total) / 100 / stat.count
    return f"{mean:.2f}"


def _called(stat: Stat) -> str:
    """Return what a person calls the column, and the kind of its rows where it has one."""
    kind = kinds().get(stat.kind)
    return f"{stat.header} ({kind.title})" if kind else stat.header
