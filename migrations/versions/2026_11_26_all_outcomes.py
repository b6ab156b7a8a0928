"""all outcomes, and what decisions found, so that they can be undone"""

import sqlalchemy as sa
from alembic import op

revision = '5b94c0e71a2d'
down_revision = 'e41b7c09d5a2'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}
BEFORE = ('fine', 'publish', 'fold', 'mask', 'hide', 'remove', 'lock')
AFTER = ('fine', 'publish', 'edit_request', 'fold', 'mask', 'hide', 'remove', 'lock', 'move')
# Said again for the copy: a default that SQLite tells of would be written down in another way.
REFLECTED = {
    'decision': [sa.Column('note_team', sa.Text(), server_default='', nullable=False)],
    'notice': [sa.Column(name, sa.Text(), server_default='', nullable=False) for name in ('passage', 'words')],
    'pending': [
        *(sa.Column(name, sa.Text(), server_default='', nullable=False)
          for name in ('spans', 'warning', 'note_author', 'note_team')),
        *(sa.Column(name, sa.String(length=24), server_default='', nullable=False) for name in ('why', 'sanction')),
    ],
}


def upgrade() -> None:
    for table in REFLECTED:
        _outcomes(table, AFTER)
    op.add_column('decision', sa.Column('before', sa.String(length=300), server_default='', nullable=False))
    op.add_column('pending', sa.Column('theme', sa.String(length=24), server_default='', nullable=False))
    op.add_column('revision', sa.Column('title', sa.String(length=60), server_default='', nullable=False))
    if op.get_bind().dialect.name == 'postgresql':
        # What the planner samples stays when a row goes.
        op.execute('ALTER TABLE revision ALTER COLUMN title SET STATISTICS 0')


def downgrade() -> None:
    # An older program does not know these: what was pressed is looked at again, what stands reads as left alone.
    op.execute('UPDATE "case" SET state = \'open\', version = version + 1, leased_by = NULL WHERE id IN'
               " (SELECT case_id FROM pending WHERE outcome IN ('edit_request', 'move') AND stage IN ('waits', 'second', 'stands'))")
    op.execute("DELETE FROM pending WHERE outcome IN ('edit_request', 'move')")
    for table in ('decision', 'notice'):
        op.execute(f"UPDATE {table} SET outcome = 'fine' WHERE outcome IN ('edit_request', 'move')")
    op.drop_column('revision', 'title')
    op.drop_column('pending', 'theme')
    op.drop_column('decision', 'before')
    for table in REFLECTED:
        _outcomes(table, BEFORE)


def _outcomes(table: str, outcomes: tuple[str, ...]) -> None:
    listed = ', '.join(f"'{outcome}'" for outcome in outcomes)
    with op.batch_alter_table(table, schema=None, table_kwargs=COPIED, reflect_args=REFLECTED[table]) as batch_op:
        batch_op.drop_constraint(op.f(f'ck_{table}_outcome'), type_='check')
        batch_op.create_check_constraint(op.f(f'ck_{table}_outcome'), f'outcome IN ({listed})')
