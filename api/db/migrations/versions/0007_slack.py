"""Slack: a program's app, who is linked, codes, what has been served"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_door",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("signing_secret", sa.LargeBinary(), nullable=False),
        sa.Column("bot_token", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"]),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("program_id"),
    )
    op.create_table(
        "slack_link",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("slack_user", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("program_id", "person_id"),
        sa.UniqueConstraint("program_id", "slack_user"),
    )
    op.create_table(
        "slack_code",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("slack_user", sa.String(length=32), nullable=False),
        sa.Column("slack_name", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "slack_seen",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"]),
        sa.PrimaryKeyConstraint("mark"),
    )
    for table, column in INDEXES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


INDEXES = [
    ("slack_door", "program_id"),
    ("slack_link", "program_id"),
    ("slack_link", "person_id"),
    ("slack_code", "program_id"),
    ("slack_seen", "program_id"),
    ("slack_seen", "at"),
]


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE contact_id IN (SELECT id FROM contact WHERE channel = 'slack')")
    op.execute("DELETE FROM contact WHERE channel = 'slack'")  # what came before would send to it as to a webhook
    for table in ("slack_seen", "slack_code", "slack_link", "slack_door"):
        op.drop_table(table)
