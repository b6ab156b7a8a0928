"""Pages: one blueprint a file."""

from forum.views import (
    back,
    boards,
    desk,
    endings,
    health,
    moderation,
    own,
    pages,
    passing,
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
    passing.bp,
    staff.bp,
    desk.bp,
    passkeys.bp,
    people.bp,
    health.bp,
)
