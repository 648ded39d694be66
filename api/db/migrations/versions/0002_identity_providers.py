"""Identity providers"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "oidc_attempt",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["program.id"],
        ),
        sa.PrimaryKeyConstraint("state"),
    )
    op.create_table(
        "oidc_provider",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["data_key.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["program.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("program_id"),
    )
    with op.batch_alter_table("oidc_provider", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oidc_provider_program_id"), ["program_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("oidc_provider", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oidc_provider_program_id"))

    op.drop_table("oidc_provider")
    op.drop_table("oidc_attempt")
