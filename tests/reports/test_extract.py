"""The recipe of extraction: the small parts that no sample shows."""

from openpyxl.utils import get_column_letter

from reports.drift import column_letter


def test_columns_are_named_as_spreadsheets_name_them() -> None:
    assert [column_letter(place) for place in range(800)] == [get_column_letter(place + 1) for place in range(800)]
