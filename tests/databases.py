"""A database of PostgreSQL for one test or one measurement: a schema of its own, dropped afterwards."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from forum.search.postgres_backend import SCHEMA_ENDING

SETTING = "FORUM_TEST_POSTGRES"
POSTGRES = os.environ.get(SETTING, "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The address of a fresh schema. Raises psycopg.OperationalError where there is no server."""
    plain = POSTGRES.replace("+psycopg", "")
    name = f"nagi_{secrets.token_hex(6)}"
    with psycopg.connect(plain, autocommit=True, connect_timeout=3) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{name}"
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE")
            connection.execute(f"DROP SCHEMA IF EXISTS {name}{SCHEMA_ENDING} CASCADE")
