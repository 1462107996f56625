"""A PostgreSQL to measure on: the one that KOMITENT_TEST_POSTGRES_URL names, else local binaries in a temporary folder.

A local one has PostgreSQL's own settings: what is committed is on the disk. Each import gets a database of its own.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the address of a server. Raises FileNotFoundError without one."""
    named = os.environ.get("KOMITENT_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise FileNotFoundError("no PostgreSQL: set KOMITENT_TEST_POSTGRES_URL")
    with tempfile.TemporaryDirectory(prefix="komitent-benchmark-", ignore_cleanup_errors=True) as folder:
        yield from _local(folders[-1], Path(folder))


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Give the address of a new database on that server, and drop it afterwards."""
    name = f"komitent_benchmark_{uuid4().hex[:8]}"
    address = make_url(server).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield address.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _local(binaries: Path, folder: Path) -> Iterator[str]:
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        shutil.chown(folder, user)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        with (folder / "log.txt").open("ab") as log:
            subprocess.run(
                [binaries / program, "-D", folder / "data", *arguments], check=True, stdout=log, stderr=log, user=user,
                cwd=folder,
            )  # fmt: skip

    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    run("pg_ctl", "-w", "-o", f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
