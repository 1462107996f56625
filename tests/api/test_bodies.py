"""Bodies as 1C writes them: null for what is not given, numbers where it has numbers; anything else is refused."""

import pytest

from bridge.api.bodies import _decode
from bridge.api.shapes import ItemInput
from bridge.errors import BadInput
from bridge.flows.accounts import Organization
from bridge.flows.catalogue import LinkInput


def test_null_stands_for_what_is_not_given() -> None:
    body = b'{"title": "O", "inn": "7707083893", "kpp": null, "prefix": null, "tax_system": "usn"}'
    assert _decode(body, Organization).kpp == ""


def test_a_vat_rate_may_be_a_number() -> None:
    items = _decode(b'[{"ref": "1", "vat_rate": 20, "article": null}, {"ref": "2", "vat_rate": "10"}]', list[ItemInput])
    assert [item.vat_rate for item in items] == ["20", "10"]


def test_null_keeps_its_meaning_where_it_has_one() -> None:
    (link,) = _decode(b'[{"key": "k", "item": null, "multiplier": null}]', list[LinkInput])
    assert (link.item, link.multiplier) == (None, 1)


def test_a_code_may_be_a_whole_number() -> None:
    (item,) = _decode(b'[{"ref": 5, "code": 123, "article": 7, "barcodes": [4600000000017]}]', list[ItemInput])
    assert (item.ref, item.code, item.article, item.barcodes) == ("5", "123", "7", ("4600000000017",))


@pytest.mark.parametrize(
    "body",
    [b'[{"ref": true}]', b'[{"ref": null}]', b'[{"ref": "1", "article": 7.5}]', b'[{"x": 1}]', b'[{"ref": [1]}]'],
)
def test_what_is_wrong_stays_wrong(body: bytes) -> None:
    with pytest.raises(BadInput):
        _decode(body, list[ItemInput])
