"""``python -m migrations "add a column"``: drafts the next revision from what the tables have and revisions lack."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory

from bridge.db.migrate import config, upgrade
from bridge.db.session import Database


def draft(message: str) -> None:
    """Write the next revision beside the others, numbered; a person reads and corrects it before it is committed."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{(Path(folder) / 'draft.sqlite').as_posix()}")
        upgrade(database)
        with database.write() as connection:
            settings = config(connection)
            number = len(list(ScriptDirectory.from_config(settings).walk_revisions())) + 1
            command.revision(settings, message, autogenerate=True, rev_id=f"{number:04}")
        database.close()


if __name__ == "__main__":
    draft(sys.argv[1])
