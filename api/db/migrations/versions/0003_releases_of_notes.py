"""Releases of notes that belong to no pair"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note_id", sa.String(length=32), nullable=True))
        batch_op.alter_column("pair_id", existing_type=sa.String(length=32), nullable=True)
        batch_op.create_index(batch_op.f("ix_release_note_id"), ["note_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_release_note_id_note"), "note", ["note_id"], ["id"])


def downgrade() -> None:
    op.execute("DELETE FROM release WHERE pair_id IS NULL")
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_release_note_id_note"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_release_note_id"))
        batch_op.alter_column("pair_id", existing_type=sa.String(length=32), nullable=False)
        batch_op.drop_column("note_id")
