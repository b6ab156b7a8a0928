"""threads closed by their openers, last words, folds"""

import sqlalchemy as sa
from alembic import op

revision = '5b1e7c90a4d6'
down_revision = '920474a92fda'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}
# Said again for the copy: a default that SQLite tells of would be written down in another way.
WORDS = [sa.Column(name, sa.Text(), server_default='', nullable=False) for name in ('source', 'html')]


def upgrade() -> None:
    op.create_table('fold',
    sa.Column('participant_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('folded_id', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['folded_id'], ['participant.id'], name=op.f('fk_fold_folded_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_fold_participant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('participant_id', 'folded_id', name=op.f('pk_fold')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_fold_folded_id'), 'fold', ['folded_id'], unique=False)
    op.add_column('thread', sa.Column('is_closed', sa.Boolean(), server_default=sa.false(), nullable=False))
    _post_kinds("'post', 'aftermath', 'last'")


def downgrade() -> None:
    op.execute("UPDATE post SET kind = 'post' WHERE kind = 'last'")
    _post_kinds("'post', 'aftermath'")
    op.drop_column('thread', 'is_closed')
    op.drop_index(op.f('ix_fold_folded_id'), table_name='fold')
    op.drop_table('fold')


def _post_kinds(kinds: str) -> None:
    with op.batch_alter_table('post', schema=None, table_kwargs=COPIED, reflect_args=WORDS) as batch_op:
        batch_op.drop_constraint(op.f('ck_post_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_post_kind'), f'kind IN ({kinds})')
