"""Alembic's environment: runs revisions on the connection, inside the transaction, that ``bridge.db.migrate`` holds.

There is no offline mode and no alembic.ini: the caller puts its connection into the config's attributes.
"""

from alembic import context

from bridge.db.book_tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # the caller began the transaction by hand, on SQLite too
)
with context.begin_transaction():
    context.run_migrations()
