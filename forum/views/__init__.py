"""Pages: one blueprint a file."""

from forum.views import (
    back,
    boards,
    endings,
    health,
    moderation,
    own,
    pages,
    passkeys,
    people,
    posts,
    search,
    staff,
    threads,
    writing,
)

BLUEPRINTS = (
    boards.bp,
    threads.bp,
    writing.bp,
    endings.bp,
    posts.bp,
    own.bp,
    back.bp,
    search.bp,
    pages.bp,
    moderation.bp,
    staff.bp,
    passkeys.bp,
    people.bp,
    health.bp,
)
