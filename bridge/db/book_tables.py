"""The tables that only the books need: treatments, days of sale, and what banks and marketplaces say was paid and owed.

They belong to the same metadata as ``bridge.db.tables``, whose rules (kopecks, days, names) hold here too.
"""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Index, String, Table, Text, UniqueConstraint

from bridge.db.tables import Id, metadata

# with these tables the metadata is whole: whoever needs all of it takes it from here
__all__ = ["balances", "metadata", "payments", "sale_choices", "statements", "treatments"]

# What an account's books do with a kind of line from a day on, where that is not what the built-in table says.
treatments = Table(
    "treatments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("service", Text, nullable=False),
    Column("type", String(16), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("books", String(32), nullable=False),
    Column("vat", String(8), nullable=False),
    Column("contract", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("who", String(80), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "kind", "service", "type", "valid_from"),
)

# On which day a person says a returned piece was sold, where the reports cannot tell. The row is known by its mark.
sale_choices = Table(
    "sale_choices",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", Text, primary_key=True),
    Column("sold_on", Date, nullable=False),
    Column("who", String(80), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

# Files of the bank, and what they say a commissioner paid (or was paid back: negative).
statements = Table(
    "statements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("date_from", Date, nullable=False),
    Column("date_to", Date, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("organization_id", "file_sha256"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("statement_id", ForeignKey("statements.id"), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),  # empty while nobody knows which cabinet was paid for
    Column("assigned_by", String(80), nullable=False),  # empty where the statement itself tells the account
    Column("date", Date, nullable=False),
    Column("number", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False, server_default="RUB"),
    Column("payer", Text, nullable=False),
    Column("payer_inn", String(12), nullable=False),
    Column("purpose", Text, nullable=False),
    Index("ix_payments_account_id_date", "account_id", "date"),
)

# What the marketplace itself says it owes at the end of a day (negative: is owed).
balances = Table(
    "balances",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("date", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("who", String(80), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "date"),
)
