"""A generated catalogue and the keys a channel would send for it, with the truth known for each.

Goods come in models; the items of one differ in colour and size only. The ERP keeps them in four ways: one article for
all variants, one for each colour (a card of the channel), one for each variant, or no variants at all. Some variants
never reached the ERP, some barcodes are shared by mistake, services carry articles of goods. Keys are dirty in the ways
seen in real files, each under its own name.

A key is only as wrong as somebody could notice: when its barcode is a sibling's, or when its item is not in the ERP,
something else in it (article, size, name) still tells the truth.
"""

from collections.abc import Callable, Iterator
from random import Random

import msgspec
from stdnum import ean

from mappings.items import Item, ProductKey

COLOURS = (
    ("Белый", "белая", "WHT"), ("Чёрный", "черная", "BLK"), ("Синий", "синяя", "BLU"), ("Красный", "красная", "RED"),
    ("Зелёный", "зеленая", "GRN"), ("Серый", "серая", "GRY"), ("Бежевый", "бежевая", "BEG"),
    ("Жёлтый", "желтая", "YEL"),
)  # fmt: skip
SIZES = (
    ("",), ("",), ("XS", "S", "M", "L", "XL", "XXL"), ("S", "M", "L"), ("40", "42", "44", "46", "48", "50"),
    ("42-44", "46-48", "50-52"), ("250 мл", "500 мл", "1 л"), ("S/M", "L/XL"),
)  # fmt: skip
KINDS = ("Футболка", "Рубашка", "Кружка", "Скатерть", "Сумка", "Куртка", "Подушка", "Бутылка", "Юбка", "Варежка")
LINES = ("Северный уют", "Сосна", "Ладога", "Онега", "Иней", "Тайга", "Полярис", "Морошка", "Зимородок", "Янтарь")
WORDS = ("мягкая", "лёгкая", "плотная", "вязаная", "дорожная", "детская", "большая", "складная", "тёплая", "летняя")
LATIN, CYRILLIC = "ABEKMHOPCTYX", "АВЕКМНОРСТУХ"

DIRTS: dict[str, int] = {
    "clean": 65, "own_barcode": 7, "article_dirt": 6, "size_suffix": 4, "barcode_form": 6, "damaged_barcode": 4,
    "sibling_barcode": 1, "article_alone": 1, "name_only": 4, "channel_code": 2,
}  # fmt: skip


class Variant(msgspec.Struct, frozen=True):
    """One thing that can be sold: what the truth is about."""

    base: str
    name: str
    colour: tuple[str, str, str]
    size: str
    barcode: str
    style: str
    ref: str

    @property
    def article(self) -> str:
        """Its article in the ERP."""
        named = {"card": (self.colour[2],), "own": (self.colour[2], self.size.replace(" ", ""))}
        return "-".join(part for part in (self.base, *named.get(self.style, ())) if part)

    @property
    def title(self) -> str:
        """Its name on the channel, colour and size included."""
        return " ".join(part for part in (self.name, self.colour[1], self.size) if part)


class LabelledKey(msgspec.Struct, frozen=True):
    """A key, the item it truly is (None: the ERP has no such item), and what is dirty about it."""

    key: ProductKey
    truth: str | None
    dirt: str


class Labelled(msgspec.Struct, frozen=True):
    """The catalogue of the ERP, and what the channel calls its goods."""

    items: list[Item]
    keys: list[LabelledKey]
    codes: dict[str, set[str]]
    articles: dict[str, set[str]]

    def knows(self, each: LabelledKey) -> bool:
        """True when the key is of an item and has a barcode or an article that the ERP has, whoever's it is."""
        return each.truth is not None and (each.key.barcode in self.codes or each.key.article in self.articles)

    def singles_out(self, each: LabelledKey) -> bool:
        """True when the key has a barcode or an article of its item and of no other."""
        owners = (self.codes.get(each.key.barcode), self.articles.get(each.key.article))
        return {each.truth} in owners


def labelled(count: int, seed: int = 1) -> Labelled:
    """Generate about that many items and exactly that many keys."""
    random = Random(seed)
    items: list[Item] = []
    keys: list[LabelledKey] = []
    number = 0
    while len(keys) < count:
        number += 1
        model = list(_model(random, number))
        known = [variant for variant in model if len(model) == 1 or random.random() > 0.03]
        items += _items(random, known)
        keys += [_key(random, variant, model, variant in known) for variant in model]
    random.shuffle(items)
    random.shuffle(keys)
    return Labelled(items, keys[:count], *_codes_of(items))


def _codes_of(items: list[Item]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    codes: dict[str, set[str]] = {}
    articles: dict[str, set[str]] = {}
    for item in items:
        for code in () if item.is_service else item.barcodes:
            codes.setdefault(code, set()).add(item.ref)
        if not item.is_service:
            articles.setdefault(item.article, set()).add(item.ref)
    return codes, articles


# --- the ERP's side ---------------------------------------------------------------------------------------------------


def _model(random: Random, number: int) -> Iterator[Variant]:
    style = random.choice(("shared", "card", "card", "own", "plain"))
    base = _article(random, number)
    name = f"{random.choice(KINDS)} {random.choice(WORDS)} {random.choice(LINES)} {number % 97 or ''}".strip()
    colours = random.sample(COLOURS, random.randint(1, {"plain": 1, "shared": 2}.get(style, 4)))
    sizes = ("",) if style == "plain" else random.choice(SIZES)
    for place, (colour, size) in enumerate((colour, size) for colour in colours for size in sizes):
        barcode = _barcode(random, number, place)
        yield Variant(base, name, colour, size, barcode, style, f"{number:06d}-{place:02d}")


def _article(random: Random, number: int) -> str:
    letters = "".join(random.choice(LATIN) for _ in range(3))
    return random.choice((
        f"{letters}-{number:05d}",
        f"{''.join(random.choice(CYRILLIC) for _ in range(3))} {number:05d}",
        f"{number:08d}",
        f"{letters}_{number:05d}_{random.choice('ФЩЫЮ')}",
        str(111_000_000 + number),
    ))  # fmt: skip


def _barcode(random: Random, number: int, place: int) -> str:
    kind = random.random()
    if kind < 0.04:
        return ""
    if kind < 0.06:
        return f"{number:06d}{place:03d}"[-8:]  # the shop's own code, no EAN
    body = f"00{number:07d}{place:03d}" if kind < 0.09 else f"46{number:07d}{place:03d}"
    return body + ean.calc_check_digit(body)


def _items(random: Random, known: list[Variant]) -> Iterator[Item]:
    for place, one in enumerate(known):
        shown = ", ".join(part for part in (one.colour[0], one.size) if part)
        codes = [one.barcode] if one.barcode else []
        if random.random() < 0.003 and place:
            codes.append(known[place - 1].barcode or "17")
        barcodes = tuple(dict.fromkeys(codes))
        variant = "" if one.style == "plain" else shown
        yield Item(ref=one.ref, article=one.article, name=one.name, variant=variant, barcodes=barcodes)
    if known and random.random() < 0.02:
        yield Item(ref=f"service-{known[0].ref}", article=known[0].article, name="Доставка", is_service=True)


# --- the channel's side -----------------------------------------------------------------------------------------------


def _key(random: Random, one: Variant, model: list[Variant], known: bool) -> LabelledKey:
    dirt = random.choices(list(DIRTS), list(DIRTS.values()))[0]
    titled = one.title if not known or random.random() < 0.5 else one.name
    clean = ProductKey(
        key=one.ref, marketplace_id=f"{random.randrange(10**9)}", article=one.article, barcode=one.barcode,
        size=one.size, name=titled,
    )  # fmt: skip
    dirty = _DIRTY[dirt](random, clean, one, model)
    return LabelledKey(dirty, one.ref if known else None, dirt)


def _own_barcode(random: Random, key: ProductKey, *_: object) -> ProductKey:
    body = f"20{random.randrange(10**10):010d}"
    return _with(key, barcode=body + ean.calc_check_digit(body))


def _article_dirt(random: Random, key: ProductKey, one: Variant, *_: object) -> ProductKey:
    article = one.article
    for change in random.sample((_lower, _look_alike, _separators), 2):
        article = change(random, article)
    return _with(key, barcode="", article=article, name=one.title)


def _size_suffix(random: Random, key: ProductKey, one: Variant, *_: object) -> ProductKey:
    if not one.size or one.style == "own":
        return key
    size = random.choice((one.size, one.size.replace("X", "Х").replace("M", "М")))  # Latin, then Cyrillic
    article = one.article + random.choice(("-", "/", " ", "_", " размер ")) + size
    return _with(key, article=article, barcode="", size=random.choice((size, one.size)), name=one.title)


def _barcode_form(random: Random, key: ProductKey, one: Variant, *_: object) -> ProductKey:
    if len(one.barcode) != 13:
        return key
    forms = [
        f"0{one.barcode}",
        f" {one.barcode}\u00a0",
        f"'{one.barcode}",
        f"{one.barcode[0]} {one.barcode[1:7]} {one.barcode[7:]}",
    ]
    forms += [one.barcode[1:]] if one.barcode[0] == "0" else []
    return _with(key, barcode=random.choice(forms), article=random.choice((key.article, "")), name=one.title)


def _damaged_barcode(random: Random, key: ProductKey, one: Variant, *_: object) -> ProductKey:
    if len(one.barcode) != 13:
        return key
    damaged = [f"{one.barcode}.0", f"{one.barcode[0]}.{one.barcode[1:3]}E+12", one.barcode.lstrip("0")]
    return _with(key, barcode=random.choice(damaged), article=random.choice((key.article, "")), name=one.title)


def _sibling_barcode(random: Random, key: ProductKey, one: Variant, model: list[Variant]) -> ProductKey:
    others = [other for other in model if other.barcode and other.ref != one.ref]
    if not others:
        return key
    return _with(key, barcode=random.choice(others).barcode, name=one.title)


def _lower(_random: Random, article: str) -> str:
    return article.lower()


def _look_alike(random: Random, article: str) -> str:
    both = [*zip(LATIN, CYRILLIC, strict=True), *zip(LATIN.lower(), CYRILLIC.lower(), strict=True)]
    swaps = dict(both) | {two: one for one, two in both}
    return "".join(swaps.get(char, char) if random.random() < 0.5 else char for char in article)


def _separators(random: Random, article: str) -> str:
    new = random.choice(("", " ", "–", "_", "\u00a0-"))
    return "".join(new if char in "-_ " else char for char in article)


def _with(key: ProductKey, **parts: str) -> ProductKey:
    return msgspec.structs.replace(key, **parts)


_DIRTY: dict[str, Callable[[Random, ProductKey, Variant, list[Variant]], ProductKey]] = {
    "clean": lambda _random, key, _one, _model: key,
    "own_barcode": _own_barcode,
    "article_dirt": _article_dirt,
    "size_suffix": _size_suffix,
    "barcode_form": _barcode_form,
    "damaged_barcode": _damaged_barcode,
    "sibling_barcode": _sibling_barcode,
    "article_alone": lambda _random, key, one, _model: _with(key, barcode="", size="", name=one.title),
    "name_only": lambda _random, key, one, _model: ProductKey(key=one.title, name=one.title),
    "channel_code": lambda _random, key, one, _model: _with(key, barcode=f"OZN{key.marketplace_id}1", name=one.title),
}
