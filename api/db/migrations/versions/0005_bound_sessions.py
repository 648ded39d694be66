"""Sessions that serve one program alone"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # which of the open sessions an identity provider made is not known: where there is one, everybody signs in again
    op.execute("DELETE FROM sign_in WHERE EXISTS (SELECT 1 FROM oidc_provider)")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("program_id", sa.String(length=32), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_sign_in_program_id_program"), "program", ["program_id"], ["id"])


def downgrade() -> None:
    op.execute("DELETE FROM sign_in WHERE program_id IS NOT NULL")  # it would serve every program
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sign_in_program_id_program"), type_="foreignkey")
        batch_op.drop_column("program_id")
