"""The tables of links as data (``link_kinds.toml``): one engine serves them all, and a kind more is a few lines."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from mappings.sheet import Language


class LinkKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of links; the file explains each field."""

    name: str
    title: str
    target_title: str
    titles: dict[Language, str]
    target_titles: dict[Language, str]
    target: Literal["item", "text"] = "text"
    dated: bool = False
    multiplier: bool = False
    components: bool = False
    aliases: tuple[str, ...] = ()

    def title_in(self, language: Language) -> str:
        """Return what people of a language call the table."""
        return self.titles.get(language, self.title)

    def target_title_in(self, language: Language) -> str:
        """Return the heading of what the keys of the table stand for."""
        return self.target_titles.get(language, self.target_title)


@cache
def link_kinds() -> dict[str, LinkKind]:
    """Return every kind by its name, in the order of the file."""
    table = tomllib.loads(files("mappings").joinpath("link_kinds.toml").read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **values}, LinkKind) for name, values in table.items()}


def find_kind(name: str) -> LinkKind | None:
    """Return a kind by its name or by one of its other names."""
    found = link_kinds().get(name)
    return found or next((kind for kind in link_kinds().values() if name in kind.aliases), None)
