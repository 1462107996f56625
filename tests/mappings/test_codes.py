"""Codes are made comparable without guessing; what a spreadsheet damaged is named and proves nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.codes import agree, damaged, fold, read_barcode, read_barcodes, same_article, sizes, split_size

EAN = "4601234567893"
ALIKE = dict(zip("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS", strict=True))
ARTICLES = st.text(st.sampled_from("АаAaВBЗ3О0OБбЯя12-–_ ./\\\u00a0ЁЕё"), max_size=12)


@pytest.mark.parametrize(
    "written",
    [EAN, f" {EAN}\u00a0", f"'{EAN}", "4 601234 567893", "4-601234-567893", f"0{EAN}", f"{EAN}\u200b"],
)
def test_one_ean_is_written_in_many_ways(written: str) -> None:
    assert read_barcodes(written) == read_barcodes(EAN)
    assert (read_barcode(written).kind, read_barcode(written).code) == ("ean", EAN)


def test_upc_is_an_ean_with_a_leading_zero_and_a_package_is_another_thing() -> None:
    for written in ("012345678905", "0012345678905", "00012345678905"):
        assert read_barcode(written).code == "0012345678905"
    assert read_barcode("96385074").code == read_barcode("0000096385074").code == "96385074"
    assert read_barcode("14601234567890").code == "14601234567890"


@pytest.mark.parametrize("code", ["461", "ABC-1", "219E01", "4601234567890", "20000123", "12E34"])
def test_internal_codes_stay_as_they_are(code: str) -> None:
    read = read_barcode(f" {code} ")
    assert (read.kind, read.code, read.trouble) == ("internal", code, "")


@pytest.mark.parametrize("code", ["OZN955086816", "ozn12345", "X001ABCDE7"])
def test_codes_that_the_channel_made_prove_nothing(code: str) -> None:
    read = read_barcode(code)
    assert (read.kind, read.code) == ("channel", "")
    assert "площадкой" in read.trouble


@pytest.mark.parametrize(
    "code", ["4.60E+12", "4,60123E+12", "4E+12", "4,6Е+12", "4.601234567893E+12", f"{EAN}.0", f"{EAN},00"]
)
def test_damaged_codes_are_named_and_prove_nothing(code: str) -> None:
    read = read_barcode(code)
    assert (read.kind, read.code) == ("damaged", "")
    assert code in read.trouble
    assert damaged(code)


def test_what_a_damaged_code_may_have_been_is_for_a_person() -> None:
    assert read_barcode(f"{EAN}.0").maybe == (EAN,)
    assert read_barcode("4.601234567893E+12").maybe == (EAN,)
    assert read_barcode("4.60E+12").maybe == ()
    assert read_barcode("12345678905.0").maybe == ("0012345678905",)
    lost = read_barcode("12345678905")
    assert (lost.code, lost.maybe) == ("12345678905", ("0012345678905",))
    assert "начальные нули" in lost.trouble


@pytest.mark.parametrize("text", ["", " ", "0", "0000000000000", "'", "-", "—", "нет", "Б/Н"])
def test_no_code_is_no_code(text: str) -> None:
    assert read_barcodes(text) == ()


def test_a_cell_may_hold_several_barcodes() -> None:
    assert [one.code for one in read_barcodes(f"{EAN}, 96385074;461\n461")] == [EAN, "96385074", "461"]


@given(st.text(st.sampled_from("0123456789 -.,E+'OZNX;\u00a0"), max_size=16))
def test_normal_barcodes_are_normal(text: str) -> None:
    for read in read_barcodes(text):
        assert not read.code or read_barcode(read.code).code == read.code
        assert read.kind == "damaged" or read.code or read.kind == "channel"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("SU-KRUZHKA-01", "su kruzhka 01"), ("АВЕКМНОРСТУХ", "abekmhopctyx"), ("авекмнорстух", "ABEKMHOPCTYX"),
        ("AB.C/1", "ABC1"), ("A–1", "a_1"), ("A\u00a01", "A1"), ("12-34", "1234"), ("ABC\\42", "ABC 42"),
    ],
)  # fmt: skip
def test_usual_dirt_is_folded_away(one: str, two: str) -> None:
    assert fold(one) == fold(two)
    assert same_article(one, two)


@pytest.mark.parametrize(
    ("one", "two"), [("1-23", "12-3"), ("12.5", "125"), ("1/2", "12"), ("12345.0", "123450"), ("A1", "A2"), ("Б", "B")]
)
def test_what_looks_alike_only_when_folded_is_not_the_same(one: str, two: str) -> None:
    assert not same_article(one, two)
    assert not same_article(two, one)


@given(st.text(max_size=20) | ARTICLES)
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ARTICLES, ARTICLES)
def test_folding_never_joins_codes_that_differ_in_letters_or_digits(one: str, two: str) -> None:
    assert (fold(one) == fold(two)) == (_letters(one) == _letters(two))


def _letters(code: str) -> str:
    upper = unicodedata.normalize("NFC", code).upper()
    return "".join(ALIKE.get(char, char) for char in upper if char.isalnum())


@pytest.mark.parametrize(
    ("article", "size", "base"),
    [
        ("111188721-XS", "XS", "111188721"), ("ABC/42", "42", "ABC"), ("АБВ размер L", "L", "АБВ"),
        ("АБВ р.42", "42", "АБВ"), ("ABC42", "42", "ABC"), ("ABC-42-44", "42–44", "ABC"), ("ABC_ХL", "XL", "ABC"),
        ("AB (XXL)", "2XL", "AB"), ("AB-XL", "", "AB"), ("ABC/42", "", "ABC"), ("111188721XL", "XL", "111188721"),
    ],
)  # fmt: skip
def test_a_size_is_split_off_an_article(article: str, size: str, base: str) -> None:
    assert base in [found for found, _end in split_size(article, size)]


@pytest.mark.parametrize(
    ("article", "size"),
    [("ABC-42", "44"), ("ABC42", ""), ("ABC1242", "42"), ("KRUZHKA", "A"), ("AB-RED", ""), ("42", "42")],
)
def test_what_is_no_size_stays_in_the_article(article: str, size: str) -> None:
    assert split_size(article, size) == ()


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("XL", "Белый, ХL", True), ("xxl", "2XL", True), ("42–44", "синий 42/44", True), ("42,5", "42.5", True),
        ("0,5 л", "500 мл", True), ("1 л", "Белый, 250 мл", False), ("M", "Белый, L", False), ("42", "44", False),
        ("S", "S/M", None), ("42", "42-44", None), ("M", "46", None), ("M (46)", "M", True),
        ("M (46)", "M (48)", False),
        ("One size", "M", None), ("0", "", None), ("L", "Белый", None), ("46", "Рост 170, размер 46", True),
    ],
)  # fmt: skip
def test_sizes_are_compared_on_their_own_scale(one: str, two: str, same: bool | None) -> None:
    assert agree(sizes(one), sizes(two)) is same
    assert agree(sizes(two), sizes(one)) is same
