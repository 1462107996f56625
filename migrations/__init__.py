"""The history of the tables: alembic's environment and one module per revision. Run by ``bridge.db.migrate``."""
