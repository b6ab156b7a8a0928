"""Asks one page again and again, with wrk where there is one and with a small client of our own where not."""

import http.client
import re
import shutil
import subprocess
import threading
import time

CONNECTIONS = 16
MOST_CONNECTIONS_OF_OURS = 4


def requests_a_second(port: int, path: str, *, seconds: float, cookie: str = "") -> float:
    """How many answers of status 200 a second a server of this machine gives."""
    if shutil.which("wrk"):
        return _with_wrk(port, path, seconds, cookie)
    return _with_ours(port, path, seconds, cookie)


def _with_wrk(port: int, path: str, seconds: float, cookie: str) -> float:
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(round(seconds), 1)}s",
        *(["-H", f"Cookie: {cookie}"] if cookie else []),
        f"http://127.0.0.1:{port}{path}",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(f"{path} did not answer with 200")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if rate is None:
        raise RuntimeError("wrk did not tell a rate")
    return float(rate[1])


def _with_ours(port: int, path: str, seconds: float, cookie: str) -> float:
    ends = time.monotonic() + seconds
    counts = [0] * MOST_CONNECTIONS_OF_OURS
    threads = [
        threading.Thread(target=_ask, args=(port, path, ends, counts, number, cookie))
        for number in range(len(counts))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _ask(port: int, path: str, ends: float, counts: list[int], number: int, cookie: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while time.monotonic() < ends:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        answer.read()
        counts[number] += answer.status == 200
    connection.close()
