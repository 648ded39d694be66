"""Counts of requests that all processes share; indexes for what the worker and the desk look for (tests/benchmarks/plans.md)"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

UNDECIDED = sa.text("state != 'decided'")
KEPT = sa.text("text IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "rate_count",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", "minute"),
    )
    op.create_index("ix_rate_count_minute", "rate_count", ["minute"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE rate_count SET UNLOGGED")  # counts of a minute need not outlive a crash of the database
    op.create_index("ix_flag_due", "flag", ["program_id", "due_at", "id"])
    op.create_index("ix_flag_overdue", "flag", ["due_at"], postgresql_where=UNDECIDED, sqlite_where=UNDECIDED)
    op.create_index("ix_follow_up_due", "follow_up", ["program_id", "state", "created_at"])
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"])
    op.drop_index("ix_note_purge", "note")
    op.create_index("ix_note_purge", "note", ["program_id", "received_at"], postgresql_where=KEPT, sqlite_where=KEPT)


def downgrade() -> None:
    op.drop_index("ix_note_purge", "note")
    op.create_index("ix_note_purge", "note", ["program_id", "received_at"])
    op.drop_index("ix_sign_in_expires_at", "sign_in")
    op.drop_index("ix_follow_up_due", "follow_up")
    op.drop_index("ix_flag_overdue", "flag")
    op.drop_index("ix_flag_due", "flag")
    op.drop_table("rate_count")
