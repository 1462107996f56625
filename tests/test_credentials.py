"""Secrets are encrypted with a key outside the database; without that key nobody has them."""

import stat
import sys
import threading
from pathlib import Path

import pytest

from bridge.credentials import KEY_FILE, CredentialsUnreadable, seal, secret_names, unseal

SECRETS = {"token": "s3cr3t", "client": "42"}


def test_what_was_sealed_is_opened_again(tmp_path: Path) -> None:
    assert unseal(tmp_path, seal(tmp_path, SECRETS, "wb"), "wb") == SECRETS


def test_only_the_names_can_be_read_without_the_key(tmp_path: Path) -> None:
    sealed = seal(tmp_path, SECRETS, "wb")
    assert secret_names(sealed) == ["client", "token"]
    assert b"s3cr3t" not in sealed
    assert secret_names(None) == []


def test_the_same_secrets_never_look_the_same_twice(tmp_path: Path) -> None:
    assert seal(tmp_path, SECRETS, "wb") != seal(tmp_path, SECRETS, "wb")


def test_secrets_of_one_account_do_not_open_as_anothers(tmp_path: Path) -> None:
    with pytest.raises(CredentialsUnreadable):
        unseal(tmp_path, seal(tmp_path, SECRETS, "wb"), "ozon")


def test_another_key_does_not_open_them(tmp_path: Path) -> None:
    sealed = seal(tmp_path, SECRETS, "wb")
    (tmp_path / KEY_FILE).unlink()
    seal(tmp_path, SECRETS, "wb")
    with pytest.raises(CredentialsUnreadable, match="не подходит"):
        unseal(tmp_path, sealed, "wb")


def test_a_missing_key_is_said_and_not_made_anew(tmp_path: Path) -> None:
    sealed = seal(tmp_path, SECRETS, "wb")
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(CredentialsUnreadable, match="Нет файла ключа"):
        unseal(tmp_path, sealed, "wb")
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("content", ["", "short", "не base64"])
def test_a_damaged_key_is_never_written_over(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content, "utf-8")
    with pytest.raises(CredentialsUnreadable, match="повреждён"):
        seal(tmp_path, SECRETS, "wb")
    assert (tmp_path / KEY_FILE).read_text("utf-8") == content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows guards files by lists of rights, not by modes")
def test_only_the_owner_may_read_the_key(tmp_path: Path) -> None:
    seal(tmp_path, SECRETS, "wb")
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_two_that_make_the_key_at_once_agree_on_one(tmp_path: Path) -> None:
    sealed: list[bytes] = []
    together = threading.Barrier(8)

    def work() -> None:
        together.wait()
        sealed.append(seal(tmp_path, SECRETS, "wb"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [unseal(tmp_path, each, "wb") for each in sealed] == [SECRETS] * 8
