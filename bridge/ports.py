"""What flows ask of the world outside: one protocol a purpose, which says nothing of who fulfils it.

The connectors of ``bridge.channels`` fulfil them; only ``bridge.app`` says which connector serves which channel.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

import msgspec

Progress = Callable[[int, int | None], None]


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """One report as a file that the ordinary import reads. ``first``, ``last``: the days it says it covers."""

    number: str
    path: Path
    name: str
    first: date
    last: date


class ReportSource(Protocol):
    """Where the reports of an account can be fetched from."""

    @property
    def profile(self) -> str:
        """The kind of report it fetches, by the name of its profile."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the secrets it signs in with."""

    @property
    def when_empty(self) -> str:
        """What a person should look at when there is not one report, in Russian."""

    def whole(self, first: date, last: date) -> tuple[date, date]:
        """Return the days to ask for so that no report is cut in two: the asked ones, or more."""

    def fetch(
        self, credentials: Mapping[str, str], first: date, last: date, folder: Path, progress: Progress,
        stop: threading.Event | None = None,
    ) -> list[ReportFile]:  # fmt: skip
        """Write every report of the days into the folder, one file each; an empty list: there is not one.

        All or nothing: a report that is not known to be complete is never among them. ``progress`` is told how many
        rows there are so far. Raises RetryLater, FixSettings, FixInput, and ``bridge.extraction.Stopped`` when ``stop``
        is set.
        """


Sources = Mapping[str, ReportSource]  # by channel
