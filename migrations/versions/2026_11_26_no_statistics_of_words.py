"""no statistics of words"""

from alembic import op


revision = 'c3a9d15e7b40'
down_revision = '5b1e7c90a4d6'
branch_labels = None
depends_on = None

# PostgreSQL keeps samples of what stands in a column for its planner: words in a table that nothing of ours empties.
WORDS = {
    'case': ('findings',),
    'decision': ('note_team',),
    'flag': ('note',),
    'letter': ('body', 'answer'),
    'notice': ('passage', 'words'),
    'post': ('source', 'html', 'warning'),
    'revision': ('source', 'html', 'warning'),
    'thread': ('title', 'excerpt', 'warning'),
}


def upgrade() -> None:
    _set_samples(0)


def downgrade() -> None:
    _set_samples(-1)


def _set_samples(number: int) -> None:
    if op.get_bind().dialect.name != 'postgresql':
        return
    for table, columns in WORDS.items():
        for column in columns:
            op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS {number}')
