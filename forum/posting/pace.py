"""When things happen: the edit window, delayed publication. Fine times go into ``timer`` and nowhere else."""

import secrets
from datetime import datetime, time, timedelta

from forum import clock
from forum.models import Post
from forum.moderation.timers import due_of

EDIT_MINUTES = 30
SOON_MINUTES = (5, 30)
MORNING = time(7, 0)
MORNING_SPREAD_MINUTES = 60


def publish_time(choice: str) -> datetime | None:
    """When a post with this choice appears: None = now, ``soon`` = in 5 to 30 minutes, ``tomorrow`` = next morning.

    Both are drawn at random, so that being at the phone and a post appearing cannot be put side by side.
    """
    moment = clock.now()
    if choice == "soon":
        low, high = SOON_MINUTES
        return moment + timedelta(seconds=low * 60 + secrets.randbelow((high - low) * 60))
    if choice == "tomorrow":
        morning = datetime.combine(moment.date() + timedelta(days=1), MORNING, tzinfo=clock.BOARD_ZONE)
        return morning + timedelta(seconds=secrets.randbelow(MORNING_SPREAD_MINUTES * 60))
    return None


def edit_end(moment: datetime) -> datetime:
    """The end of a writer's edit window."""
    return window_end(moment, timedelta(minutes=EDIT_MINUTES))


def window_end(moment: datetime, length: timedelta) -> datetime:
    """The end of a window, rounded up to the next half hour, so that it tells no minute."""
    end = moment + length
    whole = end.replace(minute=0, second=0, microsecond=0)
    steps = -(-(end - whole) // timedelta(minutes=30))
    return whole + steps * timedelta(minutes=30)


def may_edit(post: Post) -> bool:
    """Whether the edit window of this post is open."""
    due = due_of("edit", post.id)
    return due is not None and due > clock.now() and post.status != "deleted"
