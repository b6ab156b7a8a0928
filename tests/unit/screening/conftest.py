"""The shipped policy, read once."""

import pytest

from forum.moderation.policy import Policy, load_policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The table as it is shipped, with the house's own page of contacts."""
    return load_policy(None)
