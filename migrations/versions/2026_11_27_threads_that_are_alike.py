"""threads that are alike"""

import sqlalchemy as sa
from alembic import op

revision = 'c3d85a1f7e60'
down_revision = '5b94c0e71a2d'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alike',
    sa.Column('thread_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('rank', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('other_id', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['thread.id'], name=op.f('fk_alike_other_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_alike_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('thread_id', 'rank', name=op.f('pk_alike')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_alike_other_id'), 'alike', ['other_id'], unique=False)
    op.create_index('ix_alike_to_look_at', 'alike', ['thread_id'], unique=False,
                    sqlite_where=sa.text('rank = -1'), postgresql_where=sa.text('rank = -1'))
    # What was written before is looked at in its turn.
    op.execute("INSERT INTO alike (thread_id, rank, other_id) SELECT id, -1, id FROM thread WHERE status = 'live'")


def downgrade() -> None:
    op.drop_index('ix_alike_to_look_at', table_name='alike')
    op.drop_index(op.f('ix_alike_other_id'), table_name='alike')
    op.drop_table('alike')
