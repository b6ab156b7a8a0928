"""messages to somebody whose life may be in danger, for what the bell has rung"""

import sqlalchemy as sa
from alembic import op

revision = '7c1f0b5d92e8'
down_revision = '5b8e3f61d04a'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}
TIMERS = ('edit', 'publish', 'lease', 'code', 'heated', 'decide', 'snooze', 'removal', 'return', 'door', 'hearing', 'challenge', 'enrol')


def upgrade() -> None:
    op.create_table('message',
    sa.Column('id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('case_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('thread_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('participant_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('post_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('moderator_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('sentence', sa.String(length=24), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.Column('upon', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_message_case_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderator.id'], name=op.f('fk_message_moderator_id')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_message_participant_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_message_post_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_message_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('case_id', 'upon', name=op.f('uq_message_case_id_upon')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_message_number', 'message', ['number'], unique=False)
    op.create_index(op.f('ix_message_thread_id'), 'message', ['thread_id'], unique=False)
    op.create_index(op.f('ix_message_participant_id'), 'message', ['participant_id'], unique=False)
    op.create_index(op.f('ix_message_post_id'), 'message', ['post_id'], unique=False)
    op.create_table('rung',
    sa.Column('case_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('reasons', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_rung_case_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_rung')),
    sqlite_with_rowid=False
    )
    if op.get_bind().dialect.name == 'postgresql':
        # What the planner samples stays when a row goes.
        op.execute('ALTER TABLE message ALTER COLUMN words SET STATISTICS 0')
    _timer_kinds((*TIMERS, 'bell'))


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind = 'bell'")
    _timer_kinds(TIMERS)
    op.drop_table('rung')
    op.drop_table('message')


def _timer_kinds(kinds: tuple[str, ...]) -> None:
    listed = ', '.join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table('timer', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_constraint(op.f('ck_timer_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_timer_kind'), f'kind IN ({listed})')
