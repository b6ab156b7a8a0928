"""What must be true of a file that the board writes beside its database: it is on the disk, and its time says no more than
the day.

Threat: a file's time would say in which second somebody wrote or erased something.
"""

import os
from contextlib import suppress
from pathlib import Path

from forum import clock


def tell_the_day_only(descriptor: int) -> None:
    """Set the times of an open file or folder to the beginning of today."""
    midnight = clock.midnight().timestamp()
    os.utime(descriptor, (midnight, midnight))


def sync(path: Path) -> None:
    """Bring a file to the disk, or the names in a folder: a new name is not there for good before."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """The same for a folder, whose own time then tells the day only."""
    sync(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(PermissionError):  # a folder of somebody else's keeps its own time
            tell_the_day_only(descriptor)
    finally:
        os.close(descriptor)
