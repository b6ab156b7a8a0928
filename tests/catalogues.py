"""Has every sentence its English? Run by `make check`: extracts as `make messages` does and compares."""

import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = ROOT / "forum" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
SHOWN = 20


def main() -> int:
    """Print what is missing; 1 when anything is."""
    with tempfile.TemporaryDirectory() as folder:
        template = extract(Path(folder, "messages.pot"))
    wrong = list(faults(template, catalogue(ENGLISH)))
    for line in wrong[:SHOWN]:
        print(f"translations: {line}")
    if len(wrong) > SHOWN:
        print(f"translations: … and {len(wrong) - SHOWN} more")
    return 1 if wrong else 0


def extract(target: Path) -> Catalog:
    """Every sentence of the program, by the mapping in pyproject.toml."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract"]
    subprocess.run(
        [*command, "--mapping", "pyproject.toml", "--omit-header", "--output", str(target), "."],
        cwd=ROOT,
        check=True,
    )
    return catalogue(target)


def catalogue(path: Path) -> Catalog:
    """A catalogue file, or an empty catalogue when there is none."""
    if not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def faults(template: Catalog, english: Catalog) -> list[str]:
    """Sentences without English, with a guess for English, or with placeholders that do not fit."""
    found = []
    for message in template:
        if not message.id:
            continue
        translated = english.get(message.id, message.context)
        if translated is None or not all(_forms(translated)):
            found.append(f"no English for {_first(message)!r}")
        elif translated.fuzzy:
            found.append(f"a guess stands for {_first(message)!r}")
        elif list(translated.check(english)):
            found.append(f"placeholders differ in {_first(message)!r}")
    return found


def _forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _first(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


if __name__ == "__main__":
    sys.exit(main())
