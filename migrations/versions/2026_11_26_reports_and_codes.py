"""reports of one network, codes that are used up by a timer, notices found by number, quiet threads"""

import sqlalchemy as sa
from alembic import op

revision = '920474a92fda'
down_revision = 'f5c0138b0052'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}


def upgrade() -> None:
    with op.batch_alter_table('flag', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_repeat', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_column('moderator', 'totp_last')
    op.add_column('thread', sa.Column('is_quiet', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_notice_number', 'notice', ['number'], unique=False)
    _timer_kinds("'edit', 'publish', 'lease', 'code'")


def downgrade() -> None:
    op.drop_index('ix_notice_number', table_name='notice')
    op.drop_column('thread', 'is_quiet')
    op.execute("DELETE FROM timer WHERE kind = 'code'")
    _timer_kinds("'edit', 'publish', 'lease'")
    with op.batch_alter_table('moderator', schema=None) as batch_op:
        batch_op.add_column(sa.Column('totp_last', sa.Integer(), server_default='0', nullable=False))
    op.drop_column('flag', 'is_repeat')


def _timer_kinds(kinds: str) -> None:
    with op.batch_alter_table('timer', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_constraint(op.f('ck_timer_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_timer_kind'), f'kind IN ({kinds})')
