"""Short commands for whoever owns the machine: migrate, tokens, users, profiles, backup and restore."""

import getpass
import sys
from pathlib import Path

from bridge.api.identity import hash_password
from bridge.cli.opening import Exit, alone, opened
from bridge.db import access
from bridge.db.access import Role
from bridge.db.events import record
from bridge.flows import back_up
from bridge.settings import Settings
from reports.profile import profiles

_SHORTEST_PASSWORD = 8
_WHO = "cli"


def migrate(settings: Settings) -> int:
    """Bring the database to this release."""
    with opened(settings, bring_up=True):
        print("База данных соответствует этой версии программы")
    return 0


def create_token(settings: Settings, name: str, role: Role) -> int:
    """Make a token and print it alone: it is never shown again."""
    with opened(settings) as database, database.write() as connection:
        token = access.create_token(connection, name, role)
        record(connection, _WHO, "token_created", f"token:{name}", {"role": role})
    print(token)
    return 0


def create_user(settings: Settings, name: str, role: Role, *, from_stdin: bool) -> int:
    """Make a user with a password that is typed twice or read from standard input."""
    hashed = hash_password(_password(from_stdin))
    with opened(settings) as database, database.write() as connection:
        access.create_user(connection, name, role, hashed)
        record(connection, _WHO, "user_created", f"user:{name}", {"role": role})
    print(f"Пользователь {name} создан", file=sys.stderr)
    return 0


def check_profiles() -> int:
    """Load every report profile and list them. Raises Exit with the first mistake."""
    try:
        found = profiles()
    except ValueError as error:
        raise Exit(f"Ошибка в профиле отчёта: {error}") from error
    for profile in found.values():
        print(f"{profile.name}\t{profile.channel}\t{profile.title}")
    return 0


def make_backup(settings: Settings, target: Path) -> int:
    """Write the database and the files into one archive; of PostgreSQL only the files, and says so."""
    with opened(settings) as database:
        whole = back_up.back_up(database, settings, target)
    if not whole:
        raise Exit(f"В {target} сохранены только файлы. Базу PostgreSQL сохраните командой pg_dump")
    print(f"Сохранено в {target}", file=sys.stderr)
    return 0


def restore_backup(settings: Settings, source: Path) -> int:
    """Put an archive in the place of the data folder's content, which is kept aside."""
    try:
        with alone(settings):
            whole, aside = back_up.restore(settings, source)
    except back_up.BadBackup as error:
        raise Exit(str(error)) from error
    if aside is not None:
        print(f"Прежние данные сохранены в {aside}", file=sys.stderr)
    if not whole:
        raise Exit("Восстановлены только файлы. Базу PostgreSQL восстановите командой pg_restore")
    print("Данные восстановлены", file=sys.stderr)
    return 0


def _password(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Пароль: ")
        if getpass.getpass("Ещё раз: ") != password:
            raise Exit("Пароли не совпали")
    if len(password) < _SHORTEST_PASSWORD:
        raise Exit(f"Пароль короче {_SHORTEST_PASSWORD} знаков")
    return password
