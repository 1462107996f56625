"""Settings of one installation, from the environment; every one has a working default.

``KOMITENT_DATA`` data folder, ``KOMITENT_DATABASE_URL`` another database, ``KOMITENT_HOST``, ``KOMITENT_PORT``,
``KOMITENT_ALLOWED_HOSTS`` further Host names (comma separated), ``KOMITENT_INSTALLATION`` the name that document ids
are computed from (the same on two machines gives the same ids), ``KOMITENT_UPLOAD_MB`` the largest upload.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs

from reports.limits import Limits

MEGABYTE = 2**20


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where data lives, where to listen, and the bounds on uploads."""

    data: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8710
    allowed_hosts: tuple[str, ...] = ()
    installation: str = "komitent"
    limits: Limits = Limits()

    @property
    def files(self) -> Path:
        """Folder of the original files, by checksum."""
        return self.data / "files"

    @property
    def lock(self) -> Path:
        """File that the process locks to which the data folder belongs."""
        return self.data / "komitent.lock"

    @property
    def incoming(self) -> Path:
        """Folder of files on their way in."""
        return self.data / "incoming"


def settings_from(environment: Mapping[str, str] = os.environ, *, host: str = "", port: int = 0) -> Settings:
    """Read the settings; ``host`` and ``port`` of the command line come before the environment."""
    folder = environment.get("KOMITENT_DATA")
    data = Path(folder) if folder else platformdirs.user_data_path("komitent", appauthor=False)
    hosts = environment.get("KOMITENT_ALLOWED_HOSTS", "")
    upload = environment.get("KOMITENT_UPLOAD_MB")
    return Settings(
        data=data,
        database_url=environment.get("KOMITENT_DATABASE_URL") or f"sqlite:///{(data / 'komitent.sqlite').as_posix()}",
        host=host or environment.get("KOMITENT_HOST") or "127.0.0.1",
        port=port or int(environment.get("KOMITENT_PORT") or 8710),
        allowed_hosts=tuple(name.strip().casefold() for name in hosts.split(",") if name.strip()),
        installation=environment.get("KOMITENT_INSTALLATION") or "komitent",
        limits=Limits(packed=int(upload) * MEGABYTE) if upload else Limits(),
    )
