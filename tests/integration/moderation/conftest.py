"""What most tests of the desk begin with: a thread with an answer in it, and somebody who reads cases."""

import pytest
from flask import Flask

from tests.integration.moderation.scenes import Desk, Scene, set_scene


@pytest.fixture
def scene(app: Flask) -> Scene:
    """A thread with its opening and one reply."""
    return set_scene(app)


@pytest.fixture
def desk(app: Flask) -> Desk:
    """A moderator at the desk."""
    return Desk(app)
