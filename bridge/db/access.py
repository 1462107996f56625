"""Queries about who may come in, tokens and users, and about answers kept for repeated requests.

A token is kept as its SHA-256 (it is long and random, so a fast hash is enough), a password as argon2 text.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.db.tables import answers, tokens, users
from bridge.errors import Conflict

Role = Literal["admin", "accountant", "mapping_editor", "erp"]
ROLES: tuple[Role, ...] = ("admin", "accountant", "mapping_editor", "erp")

# A request that is still running renews its mark well within this time; an older mark belongs to a dead process.
RUNNING_LEASE = timedelta(seconds=30)
KEPT_FOR = timedelta(days=7)
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Caller(msgspec.Struct, frozen=True):
    """Who asks: ``name`` as events and answers write it (``token:erp-main``, ``user:anna``), and the role."""

    name: str
    role: Role


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer given before. ``request_hash`` tells whether the same was asked; no ``status``: still running."""

    request_hash: str
    status: int | None
    headers: dict[str, str]
    body: bytes
    created_at: datetime


def create_token(connection: Connection, name: str, role: Role) -> str:
    """Store a new token and return it: this is the only moment it is known. Raises Conflict for a taken name."""
    if connection.execute(select(tokens.c.id).where(tokens.c.name == name)).first():
        raise Conflict(f"Токен с именем «{name}» уже есть")
    token = f"kmt_{secrets.token_urlsafe(32)}"
    values = {"name": name, "role": role, "sha256": _sha256(token), "created_at": datetime.now(UTC)}
    connection.execute(tokens.insert().values(values))
    return token


def caller_by_token(connection: Connection, token: str) -> Caller | None:
    """Find whose token this is; a revoked one is nobody's."""
    query = select(tokens.c.name, tokens.c.role).where(tokens.c.sha256 == _sha256(token), tokens.c.revoked_at.is_(None))
    row = connection.execute(query).first()
    return Caller(f"token:{row.name}", row.role) if row else None


def create_user(connection: Connection, name: str, role: Role, password_hash: str) -> None:
    """Store a user with the hash of the password. Raises Conflict for a taken name."""
    if connection.execute(select(users.c.id).where(users.c.name == name)).first():
        raise Conflict(f"Пользователь «{name}» уже есть")
    values = {"name": name, "role": role, "password": password_hash, "created_at": datetime.now(UTC)}
    connection.execute(users.insert().values(values))


def user_with_hash(connection: Connection, name: str) -> tuple[Caller, str] | None:
    """Find a user and the hash of the password."""
    row = connection.execute(select(users.c.name, users.c.role, users.c.password).where(users.c.name == name)).first()
    return (Caller(f"user:{row.name}", row.role), row.password) if row else None


def begin_answer(connection: Connection, key: str, caller: str, request_hash: str) -> StoredAnswer | None:
    """Mark a request as running. Returns None when it is ours to answer, else what is known of the earlier one.

    A mark that nobody renewed belongs to a process that died: it is taken over.
    """
    now = datetime.now(UTC)
    values = {"key": key, "caller": caller, "request_hash": request_hash, "created_at": now}
    insert = _INSERT[connection.dialect.name](answers).values(values).on_conflict_do_nothing()
    if connection.execute(insert.returning(answers.c.key)).first():
        return None
    found = _stored(connection, key, caller)
    if found is None or found.status is not None or found.request_hash != request_hash:
        return found
    taken = (
        update(answers).where(*_running(key, caller), answers.c.created_at < now - RUNNING_LEASE).values(created_at=now)
    )
    return None if connection.execute(taken).rowcount == 1 else found


def renew_answer(connection: Connection, key: str, caller: str) -> None:
    """Say that the request still runs."""
    connection.execute(update(answers).where(*_running(key, caller)).values(created_at=datetime.now(UTC)))


def finish_answer(
    connection: Connection, key: str, caller: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Keep the answer for the same request asked again."""
    values = {"status": status, "headers": headers, "body": body}
    connection.execute(update(answers).where(*_running(key, caller)).values(values))


def drop_answer(connection: Connection, key: str, caller: str) -> None:
    """Forget a running request whose answer is not to be kept: it may be asked anew."""
    connection.execute(delete(answers).where(*_running(key, caller)))


def sweep_answers(connection: Connection, *, running: bool) -> None:
    """Forget answers older than they are kept, and with ``running`` the marks a process that ended left behind."""
    connection.execute(delete(answers).where(answers.c.created_at < datetime.now(UTC) - KEPT_FOR))
    if running:
        connection.execute(delete(answers).where(answers.c.status.is_(None)))


def _stored(connection: Connection, key: str, caller: str) -> StoredAnswer | None:
    row = connection.execute(select(answers).where(answers.c.key == key, answers.c.caller == caller)).first()
    if row is None:
        return None
    return StoredAnswer(row.request_hash, row.status, row.headers or {}, row.body or b"", row.created_at)


def _running(key: str, caller: str) -> tuple[Any, ...]:
    return answers.c.key == key, answers.c.caller == caller, answers.c.status.is_(None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
