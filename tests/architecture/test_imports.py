"""Who may import whom: the layers point one way, each third-party library has one home, nothing hides an import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORUM = ROOT / "forum"
FILES = sorted(FORUM.rglob("*.py"))

FOUNDATION = {
    "clock",
    "config",
    "contacts",
    "errors",
    "extensions",
    "files",
    "i18n",
    "ids",
    "in_use",
    "journal",
    "logs",
    "markup",
    "schema",
    "shelf",
    "text",
}
# Each layer and what it may import beside the foundation and itself.
LAYERS = {
    "models": set(),
    "identity": {"models"},
    "search": {"models"},
    "queries": {"models"},
    "forms": {"models"},
    "moderation": {"search", "identity", "models"},
    "posting": {"moderation", "identity", "models"},
    "runtime": {"identity", "moderation", "queries", "search", "models"},
    "web": {"runtime", "posting", "moderation", "identity", "queries", "forms", "models"},
    "views": {"web", "runtime", "posting", "moderation", "identity", "search", "queries", "forms", "models"},
    "firing": {"runtime", "moderation", "models"},
    "worker": {"runtime", "posting", "moderation", "identity", "search", "queries", "models"},
    "backups": {"worker", "posting", "moderation", "identity", "models"},
    "cli": {
        "backups",
        "firing",
        "worker",
        "runtime",
        "posting",
        "moderation",
        "identity",
        "search",
        "queries",
        "models",
        "app",
    },
    "wsgi": {"app"},
    "samples": set(),
}
# Where a library may be imported. A library that is not here is used by one layer as it needs.
HOMES = {
    "markdown": {"markup.py"},
    "bleach": {"markup.py"},
    "whoosh": {"search/"},
    "mnemonic": {"identity/"},
    "cryptography": {"identity/"},
    "argon2": {"moderation/credentials.py", "identity/lock.py"},
    "pyotp": {"moderation/credentials.py"},
    "webauthn": {"moderation/ceremony.py"},
    "segno": {"views/staff.py", "moderation/credentials.py"},
    "phonenumbers": {"moderation/detectors/"},
    "granian": {"cli/"},
    "babel": {"i18n.py"},
    "flask_wtf": {"extensions.py", "forms/", "views/", "web/"},
    "wtforms": {"forms/"},
    "limits": {"config.py", "web/limits.py"},
    "pythonjsonlogger": {"logs.py"},
}
HTTP_LAYERS = {"web", "views", "runtime", "app", "cli", "wsgi", "extensions", "forms", "firing", "worker"}


def layer_of(path: Path) -> str:
    parts = path.relative_to(FORUM).parts
    if len(parts) > 1:
        return parts[0]
    name = parts[0].removesuffix(".py")
    return "app" if name == "__init__" else ("foundation" if name in FOUNDATION else name)


def imported_layers(path: Path) -> set[str]:
    found = set()
    for name in imported_names(path):
        parts = name.split(".")
        if parts[0] != "forum":
            continue
        inner = parts[1] if len(parts) > 1 else ""
        found.add("foundation" if inner in FOUNDATION else (inner or "app"))
    return found


def imported_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "forum":
                names |= {
                    f"forum.{alias.name}" if alias.name != "create_app" else "forum" for alias in node.names
                }
            else:
                names.add(node.module)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FORUM)))
def test_a_file_imports_only_what_its_layer_may(path: Path) -> None:
    layer = layer_of(path)
    if layer == "app":
        return
    allowed = {"foundation", layer} | LAYERS.get(layer, set())
    assert imported_layers(path) <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FORUM)))
def test_a_library_is_imported_at_its_home_only(path: Path) -> None:
    place = str(path.relative_to(FORUM))
    for name in {name.split(".")[0] for name in imported_names(path)} & HOMES.keys():
        assert any(place.startswith(home) for home in HOMES[name]), f"{name} in {place}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FORUM)))
def test_no_import_hides_inside_a_function(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]
            assert not hidden, f"{node.name} in {path.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FORUM)))
def test_only_the_http_layers_know_http(path: Path) -> None:
    if layer_of(path) in HTTP_LAYERS or path.name in {"extensions.py", "i18n.py"}:
        return
    assert not {name.split(".")[0] for name in imported_names(path)} & {"flask", "werkzeug"}


def test_no_two_modules_import_each_other() -> None:
    graph = {module_name(path): imported_modules(path) for path in FILES}
    for start in graph:
        assert not leads_back(start, graph), f"{start} is part of a circle"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> set[str]:
    known = {module_name(other) for other in FILES}
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= {node.module} & known
    # A package's own __init__ gathers its modules; that they belong to it is no circle.
    return {
        name for name in found if not module_name(path).startswith(name + ".") and name != module_name(path)
    }


def leads_back(start: str, graph: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    front = set(graph[start])
    while front:
        name = front.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            front |= graph.get(name, set())
    return False
