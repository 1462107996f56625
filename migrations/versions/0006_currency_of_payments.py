"""The currency of payments: that of the bank account they came to. What is here already came to rouble accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("payments", sa.Column("currency", sa.String(3), nullable=False, server_default="RUB"))


def downgrade() -> None:
    op.drop_column("payments", "currency")
