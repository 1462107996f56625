"""The tables. Money is whole kopecks, quantities are thousandths, days are dates, times are UTC.

A table holds what was said (rows of reports, links, settings) or what was decided (documents); everything that can be
computed from these is computed. Constraints carry names, so that each can be altered later.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows only in a column that is exactly INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

organizations = Table(
    "organizations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("inn", String(12), nullable=False),
    Column("kpp", String(9), nullable=False),
    Column("tax_system", String(16), nullable=False),
    Column("prefix", String(5), nullable=False),
    Column("closed_through", Date),  # the last day of the newest closed month: nothing is dated on or before it
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("start_date", Date),
    Column("erp", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("credentials", LargeBinary),  # encrypted with the key of the data folder; never leaves through the API
)

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ref", String(100), nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("article", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("vat_rate", String(16), nullable=False),
    Column("group", Text, nullable=False),
    Column("is_service", Boolean, nullable=False),
    Column("vanished_at", DateTime(timezone=True)),  # a full list did not have it; the item and its links stay
)

barcodes = Table(
    "barcodes",
    metadata,
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("place", SmallInteger, primary_key=True),
    Column("barcode", String(64), nullable=False, index=True),
)

links = Table(
    "links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("multiplier", Integer, nullable=False),
    Column("components", JSON, nullable=False),
    # the open ends of the validity are far dates, so that the database can keep two links of one key apart
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("found_by", String(16), nullable=False),
    Column("score", Integer),  # per mille, where a rule found it
    Column("who", String(80), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("account_id", "kind", "key", "valid_from"),
    # and triggers (migration 0002) that refuse two links of one key which say different things for one day
)

# What was ever done to links, one row a link; only appended to. The rows of one set were written together and are
# undone together. ``before`` and ``after`` hold the link as it was and became, NULL where there was none.
link_changes = Table(
    "link_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("set_id", String(36), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", String(80), nullable=False),
    Column("source", String(16), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("undoes", String(36)),  # the set that was taken back (source undo) or done once more (source redo)
    Index("ix_link_changes_account_id_kind_key", "account_id", "kind", "key"),
)

# What a channel sells for an account, as its newest price list says; one that is not in it any more stays, marked.
listings = Table(
    "listings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("identity", Text, nullable=False),  # computed from the codes and the size
    Column("marketplace_id", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("size", Text, nullable=False),
    Column("barcodes", JSON, nullable=False),
    Column("name", Text, nullable=False),
    Column("price", BigInteger),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("vanished_at", DateTime(timezone=True)),
    UniqueConstraint("account_id", "identity"),
)

# Filters of a table of links, kept under a name.
views = Table(
    "views",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("filters", JSON, nullable=False),
    Column("who", String(80), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "kind", "name"),
)

# Counts every change of what previews are computed from: items, links, settings, facts. A report remembers the count
# at which its preview was computed and is computed anew when the count has moved on.
basis = Table(
    "basis",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("count", Id, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("profile", String(64), nullable=False),
    # what makes it this report in its account: number, period or content, as the profile says; empty while receiving
    Column("identity", Text),
    Column("number", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", String(32), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False, index=True),
    Column("file_size", BigInteger, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("preview", JSON, nullable=False),
    Column("preview_at", Id, nullable=False),
    Column("superseded_by", ForeignKey("reports.id")),
    # id of the posted issue of the same report, whose documents this one corrects by the difference
    Column("corrects", String(36)),
    # alarms that a person looked at and let pass, each with the reason given
    Column("confirmed", JSON(none_as_null=True)),
    # a dead report (superseded, or never finished) has no identity, and NULLs do not collide
    UniqueConstraint("account_id", "profile", "identity"),
)

report_keys = Table(
    "report_keys",
    metadata,
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("marketplace_id", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("barcode", Text, nullable=False),
    Column("size", Text, nullable=False),
    Column("name", Text, nullable=False),
)

# The long table: one row a line, written in bulk, never updated. Columns stand in the order of reports.lines.Line.
lines = Table(
    "lines",
    metadata,
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("row", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("section", String(8), nullable=False),
    Column("operation", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("key", Integer),
    Column("date", String(10), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("commission", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("rest", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("ordered", String(10), nullable=False, server_default=text("''")),
    Column("scheme", String(8), nullable=False, server_default=text("''")),
    Index("ix_lines_report_id_no", "report_id", "no", unique=True),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("scope", Text, nullable=False),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("values", JSON, nullable=False),
    Column("type", String(16), nullable=False),
    Column("period_from", String(10), nullable=False),
    Column("period_to", String(10), nullable=False),
    Index("ix_facts_account_id_profile_scope", "account_id", "profile", "scope"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("report_id", ForeignKey("reports.id"), nullable=False, index=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("number", String(11), nullable=False),
    Column("date", Date, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("reverses", String(36)),
    Column("posted_at", DateTime(timezone=True), nullable=False),
    Column("erp_ref", Text, nullable=False),
    Column("erp_number", Text, nullable=False),
    Column("erp_posted", Boolean),
    Column("erp_message", Text, nullable=False),
    UniqueConstraint("account_id", "number"),
    Index("ix_documents_state_id", "state", "id"),
)

document_lines = Table(
    "document_lines",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("selector", JSON, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("request", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("result", JSON),
    Column("problem", JSON),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("caller", String(80), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# The journal: only appended to. Every event carries the hash of the one before, so that nothing can be taken out.
events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", String(64), nullable=False, server_default=text("''")),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", String(80), nullable=False),
    Column("what", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)
