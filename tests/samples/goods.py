"""Invented goods of an invented shop: «Северный уют», household things. No real product, barcode or seller."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Good:
    """One product as the marketplaces name it."""

    nm_id: int
    sku: int
    article: str
    size: str
    barcode: str
    name: str
    brand: str
    subject: str
    price: Decimal


def ean13(stem: str) -> str:
    """Return a 13-digit barcode for 12 digits; 20-29 is the range shops number themselves."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(stem))
    return f"{stem}{(10 - total % 10) % 10}"


_NAMED = (
    ("00012045", "0", "Плед вязаный «Иней» 130×170", "Пледы", "2490"),
    ("00012046", "0", "Плед вязаный «Иней» 180×200", "Пледы", "3890"),
    ("SU-KRUZHKA-01", "0", "Кружка керамическая «Клюква», 350 мл", "Кружки", "649"),
    ("SU-KRUZHKA-02", "0", "Кружка керамическая «Морошка», 350 мл", "Кружки", "649"),
    ("SU-NOSKI", "36-38", "Носки шерстяные «Тропа»", "Носки", "590"),
    ("SU-NOSKI", "39-41", "Носки шерстяные «Тропа»", "Носки", "590"),
    ("доска/бук", "0", "Доска разделочная, бук", "Доски разделочные", "1290"),
    ("7001", "0", "Свеча восковая, 6 часов", "Свечи", "349"),
    ("SU-ФАРТУК-Л", "L", "Фартук льняной «Рябина»", "Фартуки", "1690"),
    ("SU-POLOTENCE", "50x90", "Полотенце вафельное, набор 3 шт.", "Полотенца", "990"),
)
GOODS: tuple[Good, ...] = tuple(
    Good(
        nm_id=210_400_100 + 17 * place,
        sku=1_480_200_300 + 31 * place,
        article=article,
        size=size,
        barcode=ean13(f"2044{place:08d}"),
        name=name,
        brand="Северный уют",
        subject=subject,
        price=Decimal(price),
    )
    for place, (article, size, name, subject, price) in enumerate(_NAMED, 1)
)
