"""Measure automatic matching of a large catalogue against a bare look-up of the same codes in a dictionary.

    python -m benchmarks.matching [--rows 50000] [--seed 1]

The catalogue and its keys are generated with the truth known (tests/mappings/labelled.py): variants that differ only in
size and colour, dirty codes, barcodes of a sibling, goods that are not in the ERP. Every measurement includes indexing.
The last one is the worst there is: keys with a name and nothing else. Ratios are of processor time. docs/performance.md
has the results.
"""

import argparse
import os
import platform
import resource
import time
from collections.abc import Sequence

from mappings.items import Item, ProductKey
from mappings.matching import Match, match
from mappings.names import AVAILABLE
from tests.mappings.labelled import Labelled, labelled


def look_up(keys: Sequence[ProductKey], items: Sequence[Item]) -> int:
    """Find items by equal barcodes, else by equal articles: what a bare dictionary can do. Returns how many."""
    codes = {code: item.ref for item in items for code in item.barcodes}
    articles = {item.article: item.ref for item in items}
    return sum((key.barcode in codes) or (key.article in articles) for key in keys)


def measure(name: str, made: Labelled, keys: Sequence[ProductKey], bare: float, *, suggestions: bool) -> list[Match]:
    """Match the keys and print how long it took."""
    begin, cpu = time.perf_counter(), time.process_time()
    found = match(keys, made.items, suggestions=suggestions)
    _print(name, time.perf_counter() - begin, time.process_time() - cpu, bare, len(keys))
    return found


def tell(made: Labelled, found: Sequence[Match]) -> None:
    """Print what became of the keys, and how much of it is right."""
    pairs = list(zip(made.keys, found, strict=True))
    wrong = sum(one.state == "linked" and one.item != each.truth for each, one in pairs)
    for title, rows in (
        ("of all keys", pairs),
        ("with a known barcode or exact article", [pair for pair in pairs if made.knows(pair[0])]),
        ("whose barcode or article is one item's", [pair for pair in pairs if made.singles_out(pair[0])]),
    ):
        linked = sum(one.state == "linked" for _each, one in rows)
        print(f"linked {title:<42} {linked:>8,} of {len(rows):>8,} {linked / len(rows):>8.1%}")
    left = [(each, one) for each, one in pairs if one.state != "linked" and each.truth]
    offered = sum(each.truth in {candidate.ref for candidate in one.candidates} for each, one in left)
    print(
        f"right item among the candidates of the rest      {offered:>8,} of {len(left):>8,} {offered / len(left):>8.1%}"
    )
    print(f"wrong automatic links: {wrong}")
    if wrong:
        raise SystemExit(1)


def _print(title: str, seconds: float, cpu: float, bare: float, count: int) -> None:
    ratio, each = f"{cpu / bare:.0f}x", f"{cpu / count * 1e6:.0f}"
    print(f"{title:<42} {seconds:>8.2f} s {cpu:>8.2f} s CPU {ratio:>6} {each:>6} us CPU a key", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    made = labelled(chosen.rows, chosen.seed)
    keys = [each.key for each in made.keys]
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(
        f"{os.cpu_count()} CPUs (one is used), load {load}, Python {platform.python_version()}, rapidfuzz: {AVAILABLE}"
    )
    print(f"{len(keys):,} keys, {len(made.items):,} items")
    begin, cpu = time.perf_counter(), time.process_time()
    look_up(keys, made.items)
    bare = time.process_time() - cpu
    _print("bare dictionary look-up", time.perf_counter() - begin, bare, bare, len(keys))
    measure("matching by codes", made, keys, bare, suggestions=False)
    found = measure("matching with suggestions by name", made, keys, bare, suggestions=True)
    nameless = [ProductKey(key=key.key, name=key.name) for key in keys]
    measure("nothing but names", made, nameless, bare, suggestions=True)
    tell(made, found)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
