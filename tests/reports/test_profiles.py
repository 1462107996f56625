"""Every shipped profile is loaded and checked; a broken one is refused, naming the mistake."""

import re
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from reports.kinds import kinds
from reports.profile import load, profiles
from tests.samples.generate import HERE, expected_path

FOLDER = Path(str(files("reports").joinpath("profiles")))
GENERIC = (FOLDER / "generic/sales.toml").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.toml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_shipped_profile_is_whole(path: Path) -> None:
    profile = load(path.read_text("utf-8"), path.name)
    assert profile.name in profiles()
    assert profile.title
    assert profile.source
    assert profile.checked <= date(2100, 1, 1)
    assert profile.operations
    assert path.read_text("utf-8").startswith("# "), "a profile begins by saying what it is"


@pytest.mark.parametrize("name", profiles())
def test_a_shipped_profile_has_a_sample(name: str) -> None:
    told = [path.read_text("utf-8") for path in HERE.rglob("*.expected.json")]
    assert any(f'"profile": "{name}"' in text for text in told)
    assert expected_path(Path("a.xlsx")).name == "a.xlsx.expected.json"


@pytest.mark.parametrize("name", profiles())
def test_no_two_fields_of_a_profile_claim_one_header(name: str) -> None:
    seen: dict[tuple[str, str], str] = {}
    for field, spec in profiles()[name].fields.items():
        for group in spec.group or ("",):
            for header in spec.headers:
                assert seen.setdefault((group, header), field) == field, header


@pytest.mark.parametrize("name", profiles())
def test_no_two_fields_of_a_profile_claim_one_path(name: str) -> None:
    paths = [path for spec in profiles()[name].fields.values() for path in spec.names]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("name", profiles())
def test_every_money_column_of_a_profile_is_used_by_a_rule_or_a_check(name: str) -> None:
    profile = profiles()[name]
    said = repr((profile.operations, profile.charges, profile.checks))
    assert [column for column in profile.columns if column not in said] == []


def test_every_kind_has_a_title_and_an_effect() -> None:
    assert all(kind.title and kind.effect in (-1, 0, 1) for kind in kinds().values())
    assert all(kind.effect == 0 for kind in kinds().values() if kind.books == "memo")


BROKEN: dict[str, tuple[str, str, str]] = {
    "no TOML": ("name = ", "name == ", r"Invalid value|Expected"),
    "an unknown key": ("within = 30", "inside = 30", "unknown field `inside`"),
    "an unknown key of the profile": ('title = "', 'colour = "red"\ntitle = "', "unknown field `colour`"),
    "a key that must be there": ('channel = "generic"\n', "", "missing required field `channel`"),
    "a wrong type": ("within = 30", 'within = "30"', "Expected `int`, got `str`"),
    "an unknown kind of line": ('kind = "sale"', 'kind = "sold"', "no kind 'sold'"),
    "an amount read from a text": (
        'type = "money"\nheaders = ["Сумма"',
        'headers = ["Сумма"',
        "field 'amount' is used as an amount",
    ),
    "an unknown field in a rule": ('quantity = "quantity"', 'quantity = "pieces"', "no field 'pieces'"),
    "an unknown field in an amount": ('amount = "amount"', 'amount = "amount - discount"', "no field 'discount'"),
    "an unknown field among the anchors": ('"quantity", "amount", "type"]', '"quantity", "sum"]', "no field 'sum'"),
    "an unknown field in a condition": ("when = { type = ", "when = { sort = ", "no field 'sort'"),
    "an unknown field type": ('type = "money"', 'type = "cash"', "Invalid enum value 'cash'"),
    "an unknown section": ('section = "sale"', 'section = "sold"', "Invalid enum value 'sold'"),
    "an unknown basis": ('basis = "content"', 'basis = "luck"', "Invalid enum value 'luck'"),
    "a sign that is no sign": ("sign = -1", "sign = 2", "Invalid enum value 2"),
    "an unknown amount in a check": ('actual = "commission"', 'actual = "fee"', "uses an unknown amount 'fee'"),
    "a column sum that is not kept": ('"column.amount"', '"column.price"', "unknown amount 'column.price'"),
    "a footer that is not read": ('"column.amount"', '"footer.total"', "unknown amount 'footer.total'"),
    "a source that is not named": ('"column.amount"', '"fact.register.sale"', "unknown amount 'fact.register.sale'"),
    "a layout that is not listed": ('code = "column_amount"', 'code = "a"\nlayouts = ["new"]', "no layout 'new'"),
    "a formula that is no sum": ('amount = "amount"', 'amount = "amount * 2"', "not a sum of named amounts"),
    "a pattern that captures nothing": (r"(\d{4}-\d\d-\d\d)\D+(\d{4}-\d\d-\d\d)", r"\d{4}", "captures nothing"),
    "a pattern that is none": (r"(\d{4}-\d\d-\d\d)\D+", r"(\d{4}", "unterminated|missing"),
    "a field without a name": ('headers = ["Цена", "Price"]\nnames = ["price"]', "", "neither headers nor names"),
}


@pytest.mark.parametrize("which", BROKEN)
def test_a_broken_profile_is_refused_naming_the_mistake(which: str) -> None:
    good, bad, mistake = BROKEN[which]
    assert good in GENERIC
    with pytest.raises(ValueError, match=mistake) as refused:
        load(GENERIC.replace(good, bad, 1), "own/table.toml")
    assert str(refused.value).startswith("own/table.toml: ")


def test_every_key_of_a_profile_is_explained_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs/profiles.md").read_text("utf-8")
    import reports.profile as module

    tables = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    keys = {key for one in tables for key in one.__struct_fields__ if one is not msgspec.Struct}
    missing = sorted(key for key in keys if not re.search(rf"`{key}`", page))
    assert missing == []


def test_every_kind_is_listed_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs/profiles.md").read_text("utf-8")
    missing: Callable[[str], bool] = lambda kind: f"`{kind}`" not in page  # noqa: E731
    assert list(filter(missing, kinds())) == []
