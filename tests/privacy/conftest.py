"""Operators of boards on both databases."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.keeping import Keeper


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def keeper(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Keeper:
    """An operator with a board, on each database."""
    if request.param == "sqlite":
        return Keeper(make_app())
    url = request.getfixturevalue("postgres_url")
    request.getfixturevalue("postgres_app")
    return Keeper(make_app(database_url=url), database_url=url)


@pytest.fixture
def on_sqlite(make_app: Callable[..., Flask]) -> Keeper:
    """An operator with a board on SQLite and an index in files."""
    return Keeper(make_app(search="whoosh"), search="whoosh")
