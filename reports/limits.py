"""Bounds on what one uploaded file may cost. A hostile or huge file is refused, never survived by luck."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes in bytes, times in seconds. The defaults take a report of a million rows and 85 columns."""

    packed: int = 512 * 2**20
    unpacked: int = 16 * 2**30
    ratio: int = 250
    text_parts: int = 2**30
    entries: int = 2_000
    rows: int = 1_100_000
    columns: int = 1_000
    problems: int = 1_000
    seconds: int = 1_800
    memory: int = 4 * 2**30
