"""The application for WSGI servers: `forum.wsgi:app`."""

from forum import create_app
from forum.cli.background import keep_memory_index

app = create_app()
# The memory index lives inside each process, so each process fills its own; the others are fed by `forum serve`.
keep_memory_index(app)
