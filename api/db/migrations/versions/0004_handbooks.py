"""Programs' own handbooks"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handbook_document",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"]),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("program_id", "name"),
    )
    with op.batch_alter_table("handbook_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handbook_document_program_id"), ["program_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("handbook_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handbook_document_program_id"))
    op.drop_table("handbook_document")
