"""Who asks: a Bearer token, or HTTP Basic with a user's password or with any name and a token as the password.

1C can do Basic and little else, so a token must fit into a password. Nothing secret is kept between requests.
"""

import asyncio
import base64
import binascii
import secrets
from functools import cache

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from bridge.api.keys import DATABASE
from bridge.api.permissions import PERMISSIONS, Right
from bridge.db import access
from bridge.db.access import Caller
from bridge.errors import Forbidden, Unauthorized

_hasher = PasswordHasher()
# argon2 takes 64 MB a time: a flood of wrong passwords may wait for itself, not for the memory.
_verifying = asyncio.Semaphore(2)


def hash_password(password: str) -> str:
    """Return what to store of a password."""
    return _hasher.hash(password)


async def identify(request: web.Request) -> Caller:
    """Return who asks. Raises Unauthorized."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        caller = await request.app[DATABASE].reading(access.caller_by_token, value.strip())
    elif scheme.casefold() == "basic":
        caller = await _by_basic(request, *_name_and_password(value))
    else:
        raise Unauthorized("Передайте токен в заголовке Authorization: Bearer или имя и пароль (Basic)")
    if caller is None:
        raise Unauthorized("Токен или пароль не подходит")
    return caller


def check_right(caller: Caller, right: Right) -> None:
    """Raise Forbidden when the role of the caller does not have that right."""
    if caller.role not in PERMISSIONS[right]:
        raise Forbidden(f"Роль {caller.role} этого не разрешает")


async def _by_basic(request: web.Request, name: str, password: str) -> Caller | None:
    database = request.app[DATABASE]
    by_token = await database.reading(access.caller_by_token, password)
    if by_token is not None:
        return by_token
    user = await database.reading(access.user_with_hash, name)
    async with _verifying:
        right = await asyncio.to_thread(_verify, user[1] if user else None, password)
    return user[0] if user and right else None


def _name_and_password(value: str) -> tuple[str, str]:
    try:
        raw = base64.b64decode(value.strip(), validate=True)
    except binascii.Error as error:
        raise Unauthorized("Заголовок Authorization не разобран") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1251", errors="replace")  # older 1C platforms write Basic in the code page of Windows
    if "\x00" in text:
        raise Unauthorized("Заголовок Authorization не разобран")
    name, _, password = text.partition(":")
    return name, password


@cache
def _nobody() -> str:
    """Verified when the user does not exist, so that a guess at names takes as long as a guess at passwords."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False
