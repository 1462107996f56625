"""What every command begins with: the data folder, and a database of this release."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout
from sqlalchemy.exc import OperationalError

from bridge.db import migrate
from bridge.db.session import Database
from bridge.settings import Settings

FAILED, WRONG_DATABASE = 1, 3
_PATIENCE = 2  # seconds: the service that ends just now lets go by then


class Exit(Exception):
    """The command ends here, with words for the person and a code for the script."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def make_folders(settings: Settings) -> None:
    """Make the data folder, for this user only where the system knows such a thing. Raises Exit."""
    try:
        for folder in (settings.data, settings.files, settings.incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Exit(f"Папка данных не создаётся: {error}") from error


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep the data folder to this process; the system lets go of it when the process ends, however it ends.

    Raises Exit when another process has it: a second service would do every job twice, and a restore under a running
    service would lose what it still writes.
    """
    make_folders(settings)
    lock = FileLock(settings.lock, timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout as error:
        raise Exit(f"Папка данных {settings.data} занята: остановите работающий komitent serve") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def opened(settings: Settings, *, bring_up: bool = False) -> Iterator[Database]:
    """Give the database, made when there is none. ``bring_up``: an older one is migrated, else refused.

    Raises Exit for a newer or (without ``bring_up``) older database, and for one that cannot be reached.
    """
    make_folders(settings)
    database = Database(settings.database_url)
    try:
        _prepare(database, bring_up)
        yield database
    except migrate.NewerDatabase as error:
        raise Exit(str(error), WRONG_DATABASE) from error
    except OperationalError as error:
        raise Exit(f"База данных недоступна: {error.orig}") from error
    finally:
        database.close()


def _prepare(database: Database, bring_up: bool) -> None:
    if bring_up or migrate.current(database) is None:
        migrate.upgrade(database)
    elif not migrate.check(database):
        raise Exit("База данных создана более старой версией: выполните komitent migrate", WRONG_DATABASE)
