"""Peak memory of this process and of the processes it starts, read from /proc while work goes on (Linux)."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STEP = 0.05


class Peaks:
    """Peaks in bytes: of this process, of the largest child, and of all of them at one moment."""

    def __init__(self) -> None:
        self.parent = self.child = self.together = 0

    def look(self) -> None:
        """Take the sizes of this moment."""
        parent = _resident(os.getpid())
        children = [_resident(pid) for pid in _children()]
        self.parent = max(self.parent, parent)
        self.child = max([self.child, *children])
        self.together = max(self.together, parent + sum(children))


@contextmanager
def peaks() -> Iterator[Peaks]:
    """Watch from a thread until the block ends."""
    found = Peaks()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_STEP):
            found.look()

    thread = threading.Thread(target=watch, daemon=True)
    found.look()
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        found.look()


def _children() -> list[int]:
    try:
        tasks = list(Path("/proc/self/task").iterdir())
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
