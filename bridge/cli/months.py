"""``komitent close`` and ``komitent open``: months of an organization, without the service."""

from datetime import date
from typing import Any

from bridge.cli.opening import opened
from bridge.flows.close_months import close_month, open_month
from bridge.settings import Settings

_WHO = "cli"


def close(settings: Settings, organization: str, month: date) -> int:
    """Close a month and all before it, and say what is closed."""
    with opened(settings) as database:
        _say(close_month(database, organization, month, _WHO))
    return 0


def reopen(settings: Settings, organization: str, month: date, reason: str) -> int:
    """Open a month and all after it, and say what is still closed."""
    with opened(settings) as database:
        _say(open_month(database, organization, month, reason, _WHO))
    return 0


def _say(closed: dict[str, Any]) -> None:
    through = closed["through"]
    print(f"{closed['organization']}: закрыто по {through}" if through else f"{closed['organization']}: открыто всё")
