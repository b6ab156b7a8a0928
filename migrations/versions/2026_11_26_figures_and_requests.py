"""monthly figures, requests of people written about step by step"""

import sqlalchemy as sa
from alembic import op

revision = '5b0e83d7f1a4'
down_revision = '5b7f02e9c3d1'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}
# Said again for the copy: a default that SQLite tells of would be written down in another way.
WORDS = [sa.Column(name, sa.Text(), server_default='', nullable=False) for name in ('body', 'answer')]
PLEAS = "'', 'about', 'mine'"
STEPS = "'', 'hearing', 'objected', 'removed', 'eased', 'kept', 'restored'"


def upgrade() -> None:
    op.create_table('month_figure',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('value', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('times', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("kind IN ('looked', 'decided', 'appeal')", name=op.f('ck_month_figure_kind')),
    sa.PrimaryKeyConstraint('month', 'kind', 'value', name=op.f('pk_month_figure')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('letter', schema=None, table_kwargs=COPIED, reflect_args=WORDS) as batch_op:
        batch_op.add_column(sa.Column('plea', sa.String(length=24), server_default='', nullable=False))
        batch_op.add_column(sa.Column('step', sa.String(length=24), server_default='', nullable=False))
        batch_op.add_column(sa.Column('removes_on', sa.Date(), nullable=True))
        batch_op.create_check_constraint(op.f('ck_letter_plea'), f'plea IN ({PLEAS})')
        batch_op.create_check_constraint(op.f('ck_letter_step'), f'step IN ({STEPS})')
    _timer_kinds("'edit', 'publish', 'lease', 'code', 'heated', 'decide', 'snooze', 'removal', 'return', 'door', 'hearing'")


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind = 'hearing'")
    _timer_kinds("'edit', 'publish', 'lease', 'code', 'heated', 'decide', 'snooze', 'removal', 'return', 'door'")
    with op.batch_alter_table('letter', schema=None, table_kwargs=COPIED, reflect_args=WORDS) as batch_op:
        batch_op.drop_constraint(op.f('ck_letter_step'), type_='check')
        batch_op.drop_constraint(op.f('ck_letter_plea'), type_='check')
        batch_op.drop_column('removes_on')
        batch_op.drop_column('step')
        batch_op.drop_column('plea')
    op.drop_table('month_figure')


def _timer_kinds(kinds: str) -> None:
    with op.batch_alter_table('timer', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_constraint(op.f('ck_timer_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_timer_kind'), f'kind IN ({kinds})')
