"""decisions that wait, states of a case beside open and settled"""

import sqlalchemy as sa
from alembic import op

revision = '5b8e31d6f0a4'
down_revision = 'd41f7a0c92be'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}
STAGES = ('waits', 'second', 'stands', 'undone', 'changed', 'returned')
OUTCOMES = ('fine', 'publish', 'fold', 'mask', 'hide', 'remove', 'lock')
TIMERS = ('edit', 'publish', 'lease', 'code', 'heated')
STATES = ('open', 'leased', 'decided', 'settled')
# Copied by what SQLite says of them, these would say their default in another way.
REFLECTED = {
    'case': [sa.Column('findings', sa.Text(), server_default='', nullable=False)],
    'timer': [],
}


def upgrade() -> None:
    op.create_table('pending',
    sa.Column('case_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('moderator_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('stage', sa.String(length=24), nullable=False),
    sa.Column('why', sa.String(length=24), server_default='', nullable=False),
    sa.Column('came_from', sa.String(length=24), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=24), nullable=False),
    sa.Column('rule', sa.Integer(), server_default='0', nullable=False),
    sa.Column('spans', sa.Text(), server_default='', nullable=False),
    sa.Column('warning', sa.Text(), server_default='', nullable=False),
    sa.Column('sanction', sa.String(length=24), server_default='', nullable=False),
    sa.Column('note_author', sa.Text(), server_default='', nullable=False),
    sa.Column('note_team', sa.Text(), server_default='', nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('is_prompt', sa.Boolean(), nullable=False),
    sa.Column('decision_id', sa.LargeBinary(length=16), nullable=True),
    sa.CheckConstraint(f'stage IN ({_listed(STAGES)})', name=op.f('ck_pending_stage')),
    sa.CheckConstraint(f'outcome IN ({_listed(OUTCOMES)})', name=op.f('ck_pending_outcome')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_pending_case_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_pending_decision_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderator.id'], name=op.f('fk_pending_moderator_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_pending')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_pending_moderator_id'), 'pending', ['moderator_id'], unique=False)
    op.create_index(op.f('ix_pending_decision_id'), 'pending', ['decision_id'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':
        # What the planner samples stays when a row goes: notes are words, too.
        for column in ('warning', 'note_author', 'note_team'):
            op.execute(f'ALTER TABLE pending ALTER COLUMN {column} SET STATISTICS 0')
    _one_of('timer', 'kind', (*TIMERS, 'decide', 'snooze', 'removal'))
    op.drop_index('ix_case_queue', table_name='case')
    _one_of('case', 'state', ('open', 'leased', 'escalated', 'snoozed', 'decided', 'waiting_second', 'settled'))
    _index('ix_case_queue', ['lane', 'opened_hour', 'id'], "state IN ('open', 'leased', 'escalated')")
    _index('ix_case_apart', ['state', 'lane', 'opened_hour'], "state IN ('escalated', 'waiting_second')")


def downgrade() -> None:
    # An older program knows neither the states nor what was pressed: somebody looks at those cases again.
    op.execute("UPDATE \"case\" SET state = 'open', version = version + 1, leased_by = NULL"
               " WHERE state IN ('escalated', 'snoozed', 'decided', 'waiting_second')")
    op.execute("DELETE FROM timer WHERE kind IN ('decide', 'snooze', 'removal')")
    op.drop_index('ix_case_apart', table_name='case')
    op.drop_index('ix_case_queue', table_name='case')
    _one_of('case', 'state', STATES)
    _index('ix_case_queue', ['lane', 'opened_hour', 'id'], "state <> 'settled'")
    _one_of('timer', 'kind', TIMERS)
    op.drop_table('pending')


def _one_of(table: str, column: str, values: tuple[str, ...]) -> None:
    with op.batch_alter_table(table, schema=None, table_kwargs=COPIED,
                              reflect_args=REFLECTED[table]) as batch_op:
        batch_op.drop_constraint(op.f(f'ck_{table}_{column}'), type_='check')
        batch_op.create_check_constraint(op.f(f'ck_{table}_{column}'), f'{column} IN ({_listed(values)})')


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, 'case', columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _listed(values: tuple[str, ...]) -> str:
    return ', '.join(f"'{value}'" for value in values)
