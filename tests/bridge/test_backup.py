"""Backup of an installation on PostgreSQL: the files, and the truth about the rest."""

import zipfile
from pathlib import Path

import pytest

from bridge.db.session import Database
from bridge.flows.back_up import back_up, restore
from bridge.settings import Settings


@pytest.mark.postgresql
def test_of_postgresql_only_the_files_are_kept(
    postgresql_database: Database, settings: Settings, tmp_path: Path
) -> None:
    (settings.files / "ab").mkdir(parents=True)
    (settings.files / "ab" / "abcd").write_bytes(b"report")
    archive, elsewhere = tmp_path / "backup.zip", tmp_path / "elsewhere"
    there = Settings(data=elsewhere, database_url=postgresql_database.url)
    assert not back_up(postgresql_database, Settings(data=settings.data, database_url=there.database_url), archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == ["komitent-backup.txt", "data/files/ab/abcd"]
    elsewhere.mkdir()
    assert restore(there, archive) == (False, None)
    assert (there.files / "ab" / "abcd").read_bytes() == b"report"
