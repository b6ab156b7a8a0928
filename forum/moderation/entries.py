"""Reads the small files an operator writes: tables of one kind, each fault named in one line and the rest still read."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any


class Faults:
    """What is wrong with a file, one line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Note one fault."""
        self.lines.append(" ".join(line.split()))


def entries_of(
    path: Path, table: str, keys: Collection[str], faults: Faults
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each ``[[table]]`` of a file with the words that say where it stands; a file that is not there has none."""
    if not path.is_file():
        return
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        faults.add(f"{path.name} cannot be read: {broken}")
        return
    for name in read:
        if name != table:
            faults.add(f"{path.name}: unknown key {name}")
    listed = read.get(table, [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        faults.add(f"{path.name}: entries are written as [[{table}]]")
        return
    for number, entry in enumerate(listed, 1):
        where = f"{path.name}: {table} {number}"
        for key in entry:
            if key not in keys:
                faults.add(f"{where}: unknown key {key}")
        yield where, entry


def words_of(entry: Mapping[str, Any], key: str, where: str, faults: Faults) -> list[str]:
    """A list of words under ``key``."""
    found = entry.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(word, str) for word in found):
        faults.add(f"{where}: {key} is a list of words")
        return []
    return [str(word) for word in found]
