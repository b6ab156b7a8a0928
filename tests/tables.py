"""Tables in a text that a command writes: what stands between two marks is replaced, and the rest is left alone."""

from collections.abc import Iterable
from pathlib import Path


def put(path: Path, name: str, lines: Iterable[str]) -> None:
    """Put the lines between ``<!-- name -->`` and ``<!-- /name -->``. Raises ValueError when the marks are not there."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _old, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{path.name} has no place {name!r}")
    table = "\n".join(lines)
    path.write_text(f"{before}{begin}\n\n{table}\n\n{end}{after}", encoding="utf-8")
