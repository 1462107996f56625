"""Secrets of accounts, encrypted for the database with a key that lies outside it.

The key is a file of the data folder that only its owner may read; whoever has the database alone, or a backup of it,
has no secret. AES-256-GCM with a fresh nonce per value; the names of the secrets stay readable and are authenticated.
"""

import base64
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE = "credentials.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class CredentialsUnreadable(Exception):
    """The key file is missing, damaged or another one than the secrets were encrypted with."""


class _Sealed(msgspec.Struct, array_like=True):
    names: list[str]
    nonce: bytes
    text: bytes


def seal(folder: Path, secrets: Mapping[str, str], owner: str) -> bytes:
    """Return the secrets encrypted with the key of the data folder, which is made when there is none yet.

    ``owner`` is bound in: what was sealed for one account cannot be opened as another's. Raises
    ``CredentialsUnreadable`` when the key file is damaged.
    """
    names, nonce = sorted(secrets), os.urandom(_NONCE_BYTES)
    plain = msgspec.json.encode(dict(secrets))
    text = AESGCM(_key(folder, create=True)).encrypt(nonce, plain, _bound(owner, names))
    return msgspec.msgpack.encode(_Sealed(names, nonce, text))


def unseal(folder: Path, sealed: bytes, owner: str) -> dict[str, str]:
    """Return the secrets again. Raises ``CredentialsUnreadable``; never makes a key."""
    found = msgspec.msgpack.decode(sealed, type=_Sealed)
    try:
        plain = AESGCM(_key(folder, create=False)).decrypt(found.nonce, found.text, _bound(owner, found.names))
    except InvalidTag:
        raise CredentialsUnreadable(f"Ключ {KEY_FILE} не подходит: введите учётные данные заново") from None
    return msgspec.json.decode(plain, type=dict[str, str])


def secret_names(sealed: bytes | None) -> list[str]:
    """Return the names of the secrets that are set, without opening them."""
    return msgspec.msgpack.decode(sealed, type=_Sealed).names if sealed else []


def _bound(owner: str, names: list[str]) -> bytes:
    return msgspec.json.encode([owner, names])


def _key(folder: Path, *, create: bool) -> bytes:
    path = folder / KEY_FILE
    if create:
        _make(path)
    try:
        key = base64.b64decode(_written(path), validate=True)
    except FileNotFoundError:
        raise CredentialsUnreadable(
            f"Нет файла ключа {KEY_FILE} в папке данных: верните его из копии или введите учётные данные заново"
        ) from None
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise CredentialsUnreadable(f"Файл ключа {KEY_FILE} повреждён: верните его из резервной копии")
    return key


def _make(path: Path) -> None:
    """Write a new key unless there is a file already: the file system decides between two that try at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        os.write(file, base64.b64encode(os.urandom(_KEY_BYTES)))
        os.fsync(file)
    finally:
        os.close(file)


def _written(path: Path) -> bytes:
    """The content of the key file; one that is empty this instant is being written by another process."""
    for _ in range(20):
        content = path.read_bytes()
        if content:
            break
        time.sleep(0.05)
    return content
