"""The generator's own bookkeeping: what a reader must find in a sample, by plain addition of what was written.

Nothing of the importer is used here, so that an expected file is a second opinion and not an echo.
"""

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

ZERO = Decimal("0.00")


def money(value: Decimal | int | str) -> Decimal:
    """Return an amount rounded to kopecks."""
    return Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)


class Ledger:
    """Sums by kind and section, checks and row counts of one report."""

    def __init__(self) -> None:
        self.totals: dict[str, dict[str, Decimal]] = {}
        self.checks: dict[str, Decimal] = {}
        self.ignored: dict[str, int] = {}
        self.rows = 0
        self.payout = ZERO

    def line(
        self, kind: str, section: str, amount: Decimal, quantity: int | Decimal = 0, commission: Decimal = ZERO
    ) -> None:
        """Count one operation under its kind."""
        name = f"{kind}.{section}" if section else kind
        zero = {"amount": ZERO, "quantity": ZERO, "commission": ZERO, "count": ZERO}
        own = self.totals.setdefault(name, zero)
        own["amount"] += amount
        own["quantity"] += quantity
        own["commission"] += commission
        own["count"] += 1

    def check(self, code: str, amount: Decimal | int) -> None:
        """Add to the amount that a check must find on both sides."""
        self.checks[code] = self.checks.get(code, ZERO) + amount

    def ignore(self, reason: str) -> None:
        """Count a row that carries nothing."""
        self.rows += 1
        self.ignored[reason] = self.ignored.get(reason, 0) + 1

    def expected(self, identity: Mapping[str, Any]) -> dict[str, Any]:
        """Return the expected file: identity, rows, totals, the amount of every check, the payout."""
        used = self.rows - sum(self.ignored.values())
        checks = self.checks | {"rows": Decimal(self.rows)}
        return {
            **identity,
            "rows": {"total": self.rows, "used": used, "ignored": self.ignored, "unknown": 0},
            "totals": {
                name: {part: plain(value) for part, value in parts.items()}
                for name, parts in sorted(self.totals.items())
            },
            "checks": {code: f"{money(value):f}" for code, value in sorted(checks.items())},
            "payout": plain(self.payout),
        }


def plain(value: Decimal) -> str:
    """Return an exact number without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_expected(path: Path, expected: Mapping[str, Any], force: bool) -> bool:
    """Write an expected file; an existing one stays unless forced. Returns whether it was written."""
    if path.exists() and not force:
        return False
    path.write_text(json.dumps(expected, ensure_ascii=False, indent=2, default=str) + "\n", "utf-8")
    return True
