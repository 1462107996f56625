"""Treatments, days of sale, payments, balances, closed months, corrections, and the hash chain of the journal."""

import json
from datetime import UTC
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for make in (_make_statements, _make_balances, _make_payments, _make_sale_choices, _make_treatments):
        make()
    op.add_column("events", sa.Column("hash", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.add_column("lines", sa.Column("ordered", sa.String(10), nullable=False, server_default=sa.text("''")))
    op.add_column("lines", sa.Column("scheme", sa.String(8), nullable=False, server_default=sa.text("''")))
    op.add_column("organizations", sa.Column("closed_through", sa.Date()))
    op.add_column("reports", sa.Column("corrects", sa.String(36)))
    op.add_column("reports", sa.Column("confirmed", sa.JSON()))
    _chain_events()
    _keep_events()


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER events_are_kept ON events")
        op.execute("DROP FUNCTION events_are_kept")
    else:
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER events_are_kept_on_{change}")
    for table, column in (
        ("reports", "confirmed"), ("reports", "corrects"), ("organizations", "closed_through"), ("lines", "scheme"),
        ("lines", "ordered"), ("events", "hash"),
    ):  # fmt: skip
        op.drop_column(table, column)
    for table in ("treatments", "sale_choices", "payments", "balances", "statements"):
        op.drop_table(table)


def _chain_events() -> None:
    """Give the events that exist their hashes, as ``bridge.db.events`` computed them when this was written."""
    events = sa.table(
        "events", sa.column("id", ID), sa.column("hash", sa.String), sa.column("at", sa.DateTime(timezone=True)),
        sa.column("who", sa.Text), sa.column("what", sa.Text), sa.column("subject", sa.Text),
        sa.column("detail", sa.JSON),
    )  # fmt: skip
    connection, before, last = op.get_bind(), "", 0
    page = sa.select(events).order_by(events.c.id).limit(1_000)
    while rows := connection.execute(page.where(events.c.id > last)).all():
        for row in rows:
            at = (row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)).astimezone(UTC)
            said = [at.isoformat(timespec="microseconds"), row.who, row.what, row.subject, row.detail]
            text = json.dumps(said, sort_keys=True, separators=(",", ":"))
            before, last = sha256(f"{before}{text}".encode()).hexdigest(), row.id
            connection.execute(sa.update(events).where(events.c.id == row.id).values(hash=before))


def _keep_events() -> None:
    """Refuse to change or delete events. A later migration that makes the table anew must make these anew too."""
    refusal = "events are only added, never changed or deleted"
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """
        )
        op.execute(
            "CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
            "FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept()"
        )
        return
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER events_are_kept_on_{change} BEFORE {change} ON events "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )


def _make_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("date_from", sa.Date(), nullable=False),
        sa.Column("date_to", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_statements_organization_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("organization_id", "file_sha256", name=op.f("uq_statements_organization_id_file_sha256")),
        sa.UniqueConstraint("uid", name=op.f("uq_statements_uid")),
    )


def _make_balances() -> None:
    op.create_table(
        "balances",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_balances_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balances")),
        sa.UniqueConstraint("account_id", "date", name=op.f("uq_balances_account_id_date")),
    )


def _make_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("statement_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("assigned_by", sa.String(80), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payer_inn", sa.String(12), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_payments_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payments_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_payments_statement_id_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("uid", name=op.f("uq_payments_uid")),
    )
    op.create_index("ix_payments_account_id_date", "payments", ["account_id", "date"])


def _make_sale_choices() -> None:
    op.create_table(
        "sale_choices",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sale_choices_account_id_accounts")),
        sa.PrimaryKeyConstraint("account_id", "mark", "ref", name=op.f("pk_sale_choices")),
    )


def _make_treatments() -> None:
    op.create_table(
        "treatments",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("books", sa.String(32), nullable=False),
        sa.Column("vat", sa.String(8), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_treatments_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatments")),
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "service",
            "type",
            "valid_from",
            name=op.f("uq_treatments_account_id_kind_service_type_valid_from"),
        ),
    )
