"""Asks a server again and again, with wrk where there is one and with a small client of our own where not."""

import http.client
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence

CONNECTIONS = 16
MOST_CONNECTIONS_OF_OURS = 4
# wrk asks for one path; with this for one after the other, and from the beginning again after the last.
IN_TURN = """
local paths, place = {%s}, 0
request = function()
  place = place %% #paths + 1
  return wrk.format("GET", paths[place])
end
"""


def requests_a_second(port: int, paths: Sequence[str], *, seconds: float, cookie: str = "") -> float:
    """How many answers of status 200 a second a server of this machine gives, asked for these pages in turn."""
    if shutil.which("wrk"):
        return _with_wrk(port, paths, seconds, cookie)
    return _with_ours(port, paths, seconds, cookie)


def _with_wrk(port: int, paths: Sequence[str], seconds: float, cookie: str) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(IN_TURN % ",".join(map(json.dumps, paths)))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{max(round(seconds), 1)}s",
            *(["-H", f"Cookie: {cookie}"] if cookie else []),
            *(["-s", script.name] if len(paths) > 1 else []),
            f"http://127.0.0.1:{port}{paths[0]}",
        ]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(f"{paths[0]} did not answer with 200")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if rate is None:
        raise RuntimeError("wrk did not tell a rate")
    return float(rate[1])


def _with_ours(port: int, paths: Sequence[str], seconds: float, cookie: str) -> float:
    ends = time.monotonic() + seconds
    counts = [0] * MOST_CONNECTIONS_OF_OURS
    threads = [
        threading.Thread(
            target=_ask, args=(port, paths[number :: len(counts)] or paths, ends, counts, number, cookie)
        )
        for number in range(len(counts))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _ask(port: int, paths: Sequence[str], ends: float, counts: list[int], number: int, cookie: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for path in itertools.cycle(paths):
        if time.monotonic() >= ends:
            break
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        answer.read()
        counts[number] += answer.status == 200
    connection.close()
