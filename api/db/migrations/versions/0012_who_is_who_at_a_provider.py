"""Who is who at a program's identity provider"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # empty: whoever signs in by a provider is linked at the next time, as at a first one
    op.create_table(
        "oidc_identity",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("program_id", "issuer", "subject"),
        sa.UniqueConstraint("program_id", "issuer", "person_id"),
    )
    for column in ("person_id", "program_id"):
        op.create_index(f"ix_oidc_identity_{column}", "oidc_identity", [column])


def downgrade() -> None:
    op.drop_table("oidc_identity")
