"""Habits the code keeps: where it commits, where HTML is made, how long things are, what never stands in it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORUM = ROOT / "forum"
FILES = sorted(FORUM.rglob("*.py"))
TEMPLATES = sorted((FORUM / "templates").rglob("*.html"))

LONGEST_FUNCTION = 45
LONGEST_FILE = 330
COMMITTERS = ("views/", "cli/", "worker.py")
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "service", "data"}


def place(path: Path) -> str:
    return str(path.relative_to(FORUM))


@pytest.mark.parametrize("path", FILES, ids=place)
def test_only_views_and_commands_commit(path: Path) -> None:
    commits = re.search(r"\.commit\(", path.read_text(encoding="utf-8"))
    outside = not place(path).startswith(COMMITTERS) and path.name not in {"schema.py", "transfer.py"}
    # schema.py and transfer.py are themselves the entry points of long work done in batches.
    assert not (commits and outside and "whoosh" not in path.name)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_html_is_made_in_one_place(path: Path) -> None:
    if path.name == "markup.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(isinstance(call, ast.Name) and call.id == "Markup" for call in calls)


@pytest.mark.parametrize("path", TEMPLATES, ids=place)
def test_no_template_switches_escaping_off(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape false" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=place)
def test_no_template_holds_code_or_style_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=place)
def test_no_page_fetches_from_elsewhere(path: Path) -> None:
    assert not re.search(r"(?:src|srcset|action)=[\"']?(?:https?:)?//", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=place)
def test_functions_and_files_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} is {length} lines long"


@pytest.mark.parametrize("path", FILES, ids=place)
def test_every_module_says_why_it_exists(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring) > 20


@pytest.mark.parametrize("path", FILES, ids=place)
def test_every_public_function_says_its_rule(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {path.stem for path in FILES} & FORBIDDEN_NAMES


def test_nothing_is_left_to_do_on_a_promised_path() -> None:
    marker = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    left = [place(path) for path in FILES + TEMPLATES if marker.search(path.read_text(encoding="utf-8"))]
    assert not left


def test_time_comes_from_the_clock_alone() -> None:
    reads = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time)\(")
    found = [
        place(path)
        for path in FILES
        if path.name != "clock.py" and reads.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_no_address_of_a_machine_or_registry_stands_in_the_repository() -> None:
    pattern = re.compile("--index" + r"-url|extra" + r"-index|/simple/|\.whl\b")
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml", "Makefile"):
        assert not pattern.search((ROOT / name).read_text(encoding="utf-8")), name
