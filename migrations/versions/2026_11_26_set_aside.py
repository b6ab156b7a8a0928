"""what a moderator sets aside: lanes left to others, rooms whose texts open folded, keys of one letter"""

import sqlalchemy as sa
from alembic import op

revision = 'e41b7c09d5a2'
down_revision = '7c1f0b5d92e8'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('aside',
    sa.Column('moderator_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.CheckConstraint("kind IN ('lane', 'theme', 'keys')", name=op.f('ck_aside_kind')),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderator.id'], name=op.f('fk_aside_moderator_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('moderator_id', 'kind', 'code', name=op.f('pk_aside')),
    sqlite_with_rowid=False
    )


def downgrade() -> None:
    op.drop_table('aside')
