"""what flags do while nobody is on duty, the door, calm days, a rota and a note for the next shift"""

import sqlalchemy as sa
from alembic import op

revision = '5b7f02e9c3d1'
down_revision = '5b8e31d6f0a4'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}
KINDS = "'edit', 'publish', 'lease', 'code', 'heated', 'decide', 'snooze', 'removal'"


def upgrade() -> None:
    op.create_table('interim',
    sa.Column('post_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('spans', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("kind IN ('veil', 'hidden', 'returned')", name=op.f('ck_interim_kind')),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_interim_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'kind', name=op.f('pk_interim')),
    sqlite_with_rowid=False
    )
    op.create_table('shift',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('moderator_id', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderator.id'], name=op.f('fk_shift_moderator_id')),
    sa.PrimaryKeyConstraint('day', 'hour', 'moderator_id', name=op.f('pk_shift')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_shift_moderator_id'), 'shift', ['moderator_id'], unique=False)
    op.create_table('handover',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('moderator_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderator.id'], name=op.f('fk_handover_moderator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    sqlite_with_rowid=False
    )
    if op.get_bind().dialect.name == 'postgresql':
        # What the planner samples stays when a row goes.
        op.execute('ALTER TABLE handover ALTER COLUMN words SET STATISTICS 0')
    with op.batch_alter_table('flag', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.add_column(sa.Column('marks', sa.Text(), server_default='', nullable=False))
    with op.batch_alter_table('board_state', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.add_column(sa.Column('is_shut', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('is_calm', sa.Boolean(), server_default=sa.false(), nullable=False))
    _timer_kinds(f"{KINDS}, 'return', 'door'")


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind IN ('return', 'door')")
    _timer_kinds(KINDS)
    with op.batch_alter_table('board_state', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_column('is_calm')
        batch_op.drop_column('is_shut')
    with op.batch_alter_table('flag', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_column('marks')
    op.drop_table('handover')
    op.drop_index(op.f('ix_shift_moderator_id'), table_name='shift')
    op.drop_table('shift')
    op.drop_table('interim')


def _timer_kinds(kinds: str) -> None:
    with op.batch_alter_table('timer', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_constraint(op.f('ck_timer_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_timer_kind'), f'kind IN ({kinds})')
