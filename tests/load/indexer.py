"""Builds the board's own index in a process that does nothing else, so that its memory can be told."""

import os
import subprocess
import sys
from pathlib import Path

from forum.search.backends import make_backend
from tests.load.shelf import Shelf


def run(posts: Path, folder: Path, limit: int) -> int:
    """Index the oldest ``limit`` posts of a file into ``folder``. Returns the most MiB that were held for it."""
    command = [sys.executable, "-m", "tests.load.indexer", str(posts), str(folder), str(limit)]
    with subprocess.Popen(command) as process:
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the index was not built")
    return used.ru_maxrss // 1024


def main() -> None:
    """What :func:`run` starts."""
    posts, folder, limit = sys.argv[1:]
    make_backend("whoosh", Path(folder)).rebuild(Shelf(Path(posts)).documents(int(limit)))


if __name__ == "__main__":
    main()
