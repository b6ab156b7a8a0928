"""The application for WSGI servers other than `forum serve`: `forum.wsgi:app`."""

from forum import create_app

app = create_app()
