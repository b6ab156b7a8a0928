"""passkeys of moderators, challenges that are used up, links that end after a day"""

import sqlalchemy as sa
from alembic import op

revision = '5b8e3f61d04a'
down_revision = '5b0e83d7f1a4'
branch_labels = None
depends_on = None

# SQLite copies a table to change it, and the copy must not keep the order of writing either.
COPIED = {'sqlite_with_rowid': False}


def upgrade() -> None:
    op.create_table('passkey',
    sa.Column('id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('moderator_id', sa.LargeBinary(length=16), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1023), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('added_day', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['moderator_id'], ['moderator.id'], name=op.f('fk_passkey_moderator_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_passkey_moderator_id'), 'passkey', ['moderator_id'], unique=False)
    _timer_kinds("'edit', 'publish', 'lease', 'code', 'heated', 'decide', 'snooze', 'removal', 'return', 'door', 'hearing', 'challenge', 'enrol'")


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind IN ('challenge', 'enrol')")
    _timer_kinds("'edit', 'publish', 'lease', 'code', 'heated', 'decide', 'snooze', 'removal', 'return', 'door', 'hearing'")
    op.drop_index(op.f('ix_passkey_moderator_id'), table_name='passkey')
    op.drop_table('passkey')


def _timer_kinds(kinds: str) -> None:
    with op.batch_alter_table('timer', schema=None, table_kwargs=COPIED) as batch_op:
        batch_op.drop_constraint(op.f('ck_timer_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_timer_kind'), f'kind IN ({kinds})')
