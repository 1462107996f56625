"""Links tell who changed them and when, keep their history, and cannot contradict each other on one day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RENAMED = {"price": "price_type", "delivery": "courier"}

# Two links of one key that are in force on one day say the same, or the second one is not written.
_CONTRADICTS = """
    SELECT 1 FROM links AS other
    WHERE other.account_id = NEW.account_id AND other.kind = NEW.kind AND other."key" = NEW."key"
      AND other.id <> COALESCE(NEW.id, -1)
      AND other.valid_from <= NEW.valid_to AND NEW.valid_from <= other.valid_to
      AND (other.item <> NEW.item OR other.multiplier <> NEW.multiplier
           OR CAST(other.components AS TEXT) <> CAST(NEW.components AS TEXT))
"""


def upgrade() -> None:
    _columns()
    _changes()
    for old, new in _RENAMED.items():
        op.execute(f"UPDATE links SET kind = '{new}' WHERE kind = '{old}'")  # noqa: S608  both are written above
    if op.get_context().dialect.name == "postgresql":
        _postgresql_trigger()
    else:
        _sqlite_triggers()


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER links_do_not_contradict ON links")
        op.execute("DROP FUNCTION links_do_not_contradict")
    else:
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER links_do_not_contradict_on_{event}")
    for old, new in _RENAMED.items():
        op.execute(f"UPDATE links SET kind = '{old}' WHERE kind = '{new}'")  # noqa: S608  both are written above
    op.drop_table("link_changes")
    with op.batch_alter_table("links") as table:
        for name in ("note", "version", "changed_at", "who", "score"):
            table.drop_column(name)


def _columns() -> None:
    with op.batch_alter_table("links") as table:
        table.add_column(sa.Column("score", sa.Integer(), nullable=True))
        table.add_column(sa.Column("who", sa.String(80), nullable=True))
        table.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("version", sa.Integer(), nullable=True))
        table.add_column(sa.Column("note", sa.Text(), nullable=True))
    op.execute("UPDATE links SET who = '', changed_at = CURRENT_TIMESTAMP, version = 1, note = ''")
    with op.batch_alter_table("links") as table:
        for name in ("who", "changed_at", "version", "note"):
            table.alter_column(name, nullable=False)


def _changes() -> None:
    op.create_table(
        "link_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("set_id", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("undoes", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_changes")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_link_changes_account_id_accounts")),
    )
    op.create_index(op.f("ix_link_changes_set_id"), "link_changes", ["set_id"])
    op.create_index(op.f("ix_link_changes_account_id_kind_key"), "link_changes", ["account_id", "kind", "key"])


def _postgresql_trigger() -> None:
    # The lock makes two transactions that write links of one table one after the other: each sees what the other wrote.
    op.execute(
        f"""
        CREATE FUNCTION links_do_not_contradict() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('links'), hashtext(NEW.account_id || '/' || NEW.kind));
            IF EXISTS ({_CONTRADICTS}) THEN
                RAISE EXCEPTION 'two links of key % say different things for one day', NEW."key"
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER links_do_not_contradict BEFORE INSERT OR UPDATE ON links "
        "FOR EACH ROW EXECUTE FUNCTION links_do_not_contradict()"
    )


def _sqlite_triggers() -> None:
    for event in ("insert", "update"):
        op.execute(
            f"""
            CREATE TRIGGER links_do_not_contradict_on_{event} BEFORE {event} ON links
            WHEN EXISTS ({_CONTRADICTS})
            BEGIN
                SELECT RAISE(ABORT, 'two links of one key say different things for one day');
            END
            """
        )
