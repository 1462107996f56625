"""The words of every broken file as a person reads them, pinned; ``python -m tests.reports.pinned`` pins them anew."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from reports.problems import Problem
from tests.reports import unpostable
from tests.reports.broken import CASES

assert unpostable.__doc__  # imported for the cases it enters
PINNED = Path(__file__).with_name("problems.txt")


def spoken(found: Problem) -> str:
    """Return a problem as a person reads it: place, message, found, expected, advice."""
    place = [
        f"лист «{found.sheet}»" if found.sheet else "",
        f"строка {found.row}" if found.row is not None else "",
        f"колонка «{found.column}»" if found.column else "",
    ]
    said = {
        "где": ", ".join(filter(None, place)),
        "что": found.message,
        "найдено": found.found,
        "нужно": found.expected,
        "совет": found.advice,
    }
    return "\n".join(f"{name}: {text}" for name, text in said.items() if text)


def pinned() -> dict[str, str]:
    """Return the pinned words by the name of the case."""
    blocks = PINNED.read_text("utf-8").split("\n## ")[1:]
    return {name: words.strip() for name, _, words in (block.partition("\n") for block in blocks)}


def made(folder: Path) -> Iterator[tuple[str, Problem]]:
    """Break every file; gives the name of the case and its problem."""
    for name, make in CASES.items():
        place = folder / name
        place.mkdir()
        yield name, make(place)


def main() -> None:
    """Pin the words anew: ``python -m tests.reports.pinned``. Read the difference before you commit it."""
    with TemporaryDirectory() as folder:
        blocks = [f"## {name}\n{spoken(found)}\n" for name, found in made(Path(folder))]
    head = "# What a person reads about every broken file. Written by python -m tests.reports.pinned\n"
    PINNED.write_text("\n".join([head, *blocks]), "utf-8")


if __name__ == "__main__":
    main()
