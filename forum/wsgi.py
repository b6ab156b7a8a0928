"""The application for WSGI servers other than `forum serve`: `forum.wsgi:app`."""

from pathlib import Path

from forum import create_app, in_use

app = create_app()
# For as long as this process lives, nobody puts a backup in place of its database.
share = in_use.share(Path(app.instance_path))
