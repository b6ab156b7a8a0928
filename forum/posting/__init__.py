"""Verbs of writers: start a thread, reply, edit, withdraw, react. Stands above moderation."""
