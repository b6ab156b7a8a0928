"""texts that stand elsewhere too, threads that slow down"""

import sqlalchemy as sa
from alembic import op

revision = 'd41f7a0c92be'
down_revision = "7d20e4b9c815"
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}


def upgrade() -> None:
    op.create_table('echo',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('post_id', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_echo_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('number', 'post_id', name=op.f('pk_echo')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_echo_post_id'), 'echo', ['post_id'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':
        # What the planner samples stays when a row goes: numbers of deleted letters are letters of a kind.
        op.execute('ALTER TABLE echo ALTER COLUMN number SET STATISTICS 0')
    _timer_kinds("'edit', 'publish', 'lease', 'code', 'heated'")


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind = 'heated'")
    _timer_kinds("'edit', 'publish', 'lease', 'code'")
    op.drop_index(op.f('ix_echo_post_id'), table_name='echo')
    op.drop_table('echo')


def _timer_kinds(kinds: str) -> None:
    with op.batch_alter_table('timer', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_constraint(op.f('ck_timer_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_timer_kind'), f'kind IN ({kinds})')
