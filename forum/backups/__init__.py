"""Backups: a copy of the rows that either database takes back, and what must happen before one may be served again."""
