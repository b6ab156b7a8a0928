"""what each rule of screening did, as numbers a day"""

import sqlalchemy as sa
from alembic import op

revision = '7d20e4b9c815'
down_revision = 'c3a9d15e7b40'
branch_labels = None
depends_on = None

EVENTS = ('asked', 'masked', 'unchanged', 'covered', 'held', 'rejected', 'overruled')


def upgrade() -> None:
    listed = ', '.join(f"'{event}'" for event in EVENTS)
    op.create_table('rule_counter',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('rule', sa.String(length=48), nullable=False),
    sa.Column('event', sa.String(length=24), nullable=False),
    sa.Column('times', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint(f'event IN ({listed})', name=op.f('ck_rule_counter_event')),
    sa.PrimaryKeyConstraint('day', 'rule', 'event', name=op.f('pk_rule_counter')),
    sqlite_with_rowid=False
    )


def downgrade() -> None:
    # A case about a whole thread is known to no older program.
    op.execute("DELETE FROM \"case\" WHERE target_kind = 'thread'")
    op.drop_table('rule_counter')
