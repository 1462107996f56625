"""One backup: the database as of one moment and every file of the data folder, in one archive, and the way back.

The database is copied by SQLite's online backup, so the service need not stop for it. The files come after: whatever
that database speaks of was stored before. The archive holds the key of the credentials too: keep it like the machine.
"""

import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import make_url

from bridge.db import migrate
from bridge.db.session import Database
from bridge.settings import Settings

_DATABASE = "komitent.sqlite"
_NOTE = "komitent-backup.txt"
_ASIDE = "before-restore-"


class BadBackup(Exception):
    """The archive is not a backup, or cannot be put in place."""


def back_up(database: Database, settings: Settings, target: Path) -> bool:
    """Write the archive, replacing an older one of that name. Returns False when the database is not in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    copy = settings.incoming / "backup.sqlite"
    settings.incoming.mkdir(parents=True, exist_ok=True)
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(_NOTE, f"Komitent {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")
            if whole := database.dialect == "sqlite":
                _copy_database(_path(settings), copy)
                archive.write(copy, _DATABASE)
            for path in _files(settings):
                archive.write(path, f"data/{path.relative_to(settings.data).as_posix()}")
        partial.replace(target)
    finally:
        copy.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    return whole


def restore(settings: Settings, source: Path) -> tuple[bool, Path | None]:
    """Put the archive's content in place. The service must not run.

    Returns whether the database was in it, and where the earlier content went. Raises BadBackup before anything is
    touched: no archive, not ours, damaged, or a database of a newer release.
    """
    fresh = settings.data / f"restoring-{datetime.now(UTC):%Y%m%d%H%M%S}"
    try:
        with zipfile.ZipFile(source) as archive:
            _check_archive(archive)
            archive.extractall(fresh)
        _close_to_others(fresh)
        whole = (fresh / _DATABASE).exists() and settings.database_url.startswith("sqlite")
        if whole:
            _check_database(fresh / _DATABASE)
        return whole, _put_in_place(settings, fresh, whole)
    except (OSError, zipfile.BadZipFile, sqlite3.DatabaseError, migrate.NewerDatabase) as error:
        raise BadBackup(f"Архив {source} не восстанавливается: {error}") from error
    finally:
        _remove(fresh)


def _path(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _files(settings: Settings) -> Iterator[Path]:
    """Every file of the data folder but the database itself, what is on its way in, and what restores kept aside."""
    database = _path(settings).name if settings.database_url.startswith("sqlite") else _DATABASE
    for path in sorted(settings.data.rglob("*")):
        top = path.relative_to(settings.data).parts[0]
        passing = top in (settings.incoming.name, settings.lock.name) or top.startswith(
            (_ASIDE, "restoring-", database)
        )
        if path.is_file() and not passing:
            yield path


def _check_archive(archive: zipfile.ZipFile) -> None:
    if _NOTE not in archive.namelist():
        raise BadBackup("Это не архив, созданный командой komitent backup")
    for name in archive.namelist():
        parts = PurePosixPath(name).parts
        if name not in {_NOTE, _DATABASE} and (parts[:1] != ("data",) or ".." in parts or "\\" in name or ":" in name):
            raise BadBackup(f"В архиве неожиданное имя {name}")


def _check_database(path: Path) -> None:
    """Raise for a damaged database or one of a newer release."""
    with closing(sqlite3.connect(path)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BadBackup("База данных в архиве повреждена")
    database = Database(f"sqlite:///{path.as_posix()}")
    try:
        migrate.check(database)
    finally:
        database.close()


def _put_in_place(settings: Settings, fresh: Path, whole: bool) -> Path | None:
    """Move the earlier content aside and the new content in: renames only."""
    aside = settings.data / f"{_ASIDE}{datetime.now(UTC):%Y%m%d%H%M%S}"
    aside.mkdir(parents=True)
    for path in sorted(settings.data.iterdir()):
        if path not in (aside, fresh, settings.incoming, settings.lock) and not path.name.startswith(_ASIDE):
            path.replace(aside / path.name)
    if whole:
        database = _path(settings)
        for suffix in ("", "-wal", "-shm"):
            outside = database.with_name(database.name + suffix)
            if outside.exists():
                outside.replace(aside / outside.name)
        (fresh / _DATABASE).replace(database)
    content = fresh / "data"
    for path in sorted(content.iterdir()) if content.is_dir() else ():
        path.replace(settings.data / path.name)
    if any(path.is_file() for path in aside.rglob("*")):
        return aside
    _remove(aside)
    return None


def _close_to_others(folder: Path) -> None:
    """Give extracted files the permissions that the bridge gives its own."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    if folder.exists():
        folder.rmdir()
