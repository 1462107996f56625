"""``komitent confirm``: let findings of a report pass that a person has looked at."""

import sys
from collections.abc import Sequence

from bridge.cli.opening import Exit, opened
from bridge.errors import Failure
from bridge.flows.confirm_report import confirm_report
from bridge.settings import Settings

READY, HELD = 0, 1
_WHO = "cli"


def confirm(settings: Settings, report: str, codes: Sequence[str], reason: str) -> int:
    """Confirm the findings and say how the report stands; returns 0 when it is ready, 1 when it is still held."""
    try:
        with opened(settings) as database:
            now = confirm_report(database, settings, report, codes, reason, _WHO)
    except Failure as error:
        raise Exit(error.detail) from error
    print(now["explain"], file=sys.stderr)
    return HELD if now["state"] == "held" else READY
