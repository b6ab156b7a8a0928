"""bans and deposits"""

import sqlalchemy as sa
from alembic import op


revision = 'f5c0138b0052'
down_revision = 'aeb0ce19392c'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ban',
    sa.Column('id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('thread_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('tag', sa.LargeBinary(length=16), nullable=False),
    sa.Column('pepper_version', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=24), nullable=False),
    sa.Column('reason', sa.String(length=24), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('until_day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("scope IN ('warning', 'slow', 'thread', 'board')", name=op.f('ck_ban_scope')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ban')),
    sa.UniqueConstraint('number', name=op.f('uq_ban_number')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('ban', schema=None) as batch_op:
        batch_op.create_index('ix_ban_until_day', ['until_day'], unique=False)
        batch_op.create_index('ix_ban_tried', ['number', 'until_day', 'thread_id', 'pepper_version', 'tag'], unique=False)

    op.create_table('board_state',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), server_default='1', nullable=False),
    sa.Column('ban_number', sa.Integer(), server_default='0', nullable=False),
    sa.Column('notice_number', sa.Integer(), server_default='0', nullable=False),
    sa.Column('is_paused', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_board_state')),
    sqlite_with_rowid=False
    )
    op.create_table('deposit',
    sa.Column('id', sa.LargeBinary(length=32), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deposit')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('deposit', schema=None) as batch_op:
        batch_op.create_index('ix_deposit_ends_on', ['ends_on'], unique=False)

    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.add_column(sa.Column('number', sa.Integer(), server_default='0', nullable=False))

    op.execute("INSERT INTO board_state (id, is_paused) VALUES (1, false)")


def downgrade() -> None:
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_column('number')

    with op.batch_alter_table('deposit', schema=None) as batch_op:
        batch_op.drop_index('ix_deposit_ends_on')

    op.drop_table('deposit')
    op.drop_table('board_state')
    with op.batch_alter_table('ban', schema=None) as batch_op:
        batch_op.drop_index('ix_ban_tried')
        batch_op.drop_index('ix_ban_until_day')

    op.drop_table('ban')
