"""One structured logger with an allow-list of fields. An exception is its type and place: never a message, a local or
a request, because any of them may hold somebody's words or key."""

import logging
import sys
import traceback
from typing import Any

from pythonjsonlogger.json import JsonFormatter

LOGGER = "nagi"
FIELDS = ("level", "event", "kind", "place", "count")


class AllowedFields(logging.Filter):
    """Drops every record that does not come through :func:`event` or :func:`fault`."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(getattr(record, "allowed", False))


class PlainFormatter(JsonFormatter):
    """Writes the allowed fields of a record and nothing else."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data[name] for name in FIELDS if log_data.get(name) is not None}


def init_logging() -> None:
    """Send the one logger to standard error, once."""
    logger = logging.getLogger(LOGGER)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter("%(level)s %(event)s %(kind)s %(place)s %(count)s", defaults={}))
    handler.addFilter(AllowedFields())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def event(name: str, *, count: int | None = None) -> None:
    """Note that something happened: a fixed name and, at most, how often."""
    extra = {"allowed": True, "level": "info", "event": name, "count": count}
    logging.getLogger(LOGGER).info(name, extra=extra)


def fault(error: BaseException) -> None:
    """Note a fault by its type and the innermost place in our code."""
    extra = {
        "allowed": True,
        "level": "error",
        "event": "fault",
        "kind": type(error).__name__,
        "place": _place(error),
    }
    logging.getLogger(LOGGER).error("fault", extra=extra)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/forum/" in frame.filename] or list(frames)
    if not ours:
        return "unknown"
    last = ours[-1]
    return f"{last.filename.rsplit('/forum/', 1)[-1]}:{last.lineno} {last.name}"
