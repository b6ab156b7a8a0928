"""What the docs and the shipped files for operators say about settings and commands is true."""

import configparser
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import click
import pytest

from forum.cli import cli
from forum.config import PREFIX, Limits, Settings, load_config
from tests.machine import SYSTEM_PATH

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENVIRONMENT = ROOT / "deploy" / "nagi.env.example"
SERVICE = ROOT / "deploy" / "nagi.service"
NGINX = ROOT / "deploy" / "nginx.conf"
DOCS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
# Only for tests; not settings of a board.
OF_TESTS = {"FORUM_TEST_POSTGRES", "FORUM_TEST_REDIS_URL"}


def settings() -> dict[str, str]:
    """Every setting by its name in the environment, with its default as text."""
    own = {
        PREFIX + field.name.upper(): str(field.default)
        for field in fields(Settings)
        if field.name not in {"instance", "limits"}
    }
    limits = {f"{PREFIX}LIMIT_{field.name.upper()}": str(field.default) for field in fields(Limits)}
    return {PREFIX + "INSTANCE": "instance"} | own | limits


def table_rows(name: str) -> dict[str, str]:
    """First and second column of the README's tables whose first cell starts with ``name``."""
    found = re.findall(rf"^\| `({name}[^`]*)` \| (.+?) \|", README, re.MULTILINE)
    return dict(found)


def known_keys() -> re.Pattern[str]:
    return re.compile(r"FORUM_KEY_(COOKIE|SEAL|FORM|AUDIT|PEPPER_\d+)")


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert set(table_rows("FORUM_")) == set(settings())


def test_the_readme_tells_the_defaults() -> None:
    for name, said in table_rows("FORUM_").items():
        if said.startswith("`"):
            assert said.strip("`") == settings()[name], name


def test_the_readme_lists_every_command_and_no_other() -> None:
    listed = {name.split()[1] for name in table_rows("forum ")}
    assert listed == set(cli.commands)


def test_the_readme_names_what_a_group_can_do() -> None:
    for line in re.findall(r"^\| `forum (\w+)` \| (.+?) \|$", README, re.MULTILINE):
        command = cli.commands[line[0]]
        if isinstance(command, click.Group) and line[0] != "db":
            assert {name for name in command.commands if f"`{name}`" not in line[1]} == set(), line[0]


@pytest.mark.parametrize("path", [*DOCS, ENVIRONMENT, SERVICE, NGINX], ids=lambda path: path.name)
def test_no_file_names_a_setting_that_does_not_exist(path: Path) -> None:
    named = set(re.findall(r"FORUM_[A-Z0-9_]+", path.read_text(encoding="utf-8")))
    assert {
        name for name in named - settings().keys() - OF_TESTS if not known_keys().fullmatch(name)
    } == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_targets_commands_and_files_that_docs_name_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`|^make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target[0] or target[1]}:", makefile, re.MULTILINE), target
    for command in re.findall(r"`(?:\.venv/bin/)?forum ([a-z-]+)", text):
        assert command in cli.commands
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), link
    for named in re.findall(r"`((?:deploy|forum|tests|migrations)/[\w./]+)`", text):
        assert (ROOT / named).exists(), named


def test_the_map_names_folders_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = text.split("```")[1]
    for name in re.findall(r"^  (\w+)/ ", drawn, re.MULTILINE):
        assert (ROOT / "forum" / name).is_dir(), name
    for name in re.findall(r"(\w+\.py) ", drawn):
        assert (ROOT / "forum" / name).is_file(), name


def test_the_example_environment_is_one_that_a_board_starts_with(tmp_path: Path) -> None:
    lines = ENVIRONMENT.read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    commented = {line.lstrip("# ").split("=", 1)[0] for line in lines if re.match(r"# ?FORUM_\w+=", line)}
    assert commented <= settings().keys()
    loaded = load_config(given | {"FORUM_INSTANCE": str(tmp_path)})
    assert loaded.proxy_hops == 1
    assert loaded.public_hosts


def test_the_service_starts_a_command_that_exists_and_closes_its_doors() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(SERVICE.read_text(encoding="utf-8"))
    service = unit["Service"]
    assert service["ExecStart"].split("/forum ")[1].split()[0] in cli.commands
    assert service["UMask"] == "0077"
    assert service["LimitCORE"] == "0"
    assert service["NoNewPrivileges"] == "yes"


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze here: apt-get install systemd"
)
def test_the_service_is_one_that_systemd_reads(tmp_path: Path) -> None:
    # The program is not installed where the unit says; everything else is checked as it is.
    text = re.sub(
        r"^ExecStart=\S+", "ExecStart=/bin/true", SERVICE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    unit = tmp_path / "nagi.service"
    unit.write_text(text, encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert [line for line in told.stderr.splitlines() if "nagi.service" in line] == []


def test_nginx_keeps_no_log_of_people() -> None:
    text = NGINX.read_text(encoding="utf-8")
    assert re.search(r"^\s*access_log off;", text, re.MULTILINE)
    assert re.search(r"^\s*error_log /dev/null( crit)?;", text, re.MULTILINE)
    assert not re.search(r"^\s*access_log (?!off;)", text, re.MULTILINE)
    # Exactly one hop: what the client says about itself is replaced, never added to.
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert text.count("{") == text.count("}")


@pytest.mark.skipif(
    not shutil.which("nginx", path=SYSTEM_PATH), reason="no nginx here: apt-get install nginx-light"
)
def test_nginx_takes_the_shipped_file(tmp_path: Path) -> None:
    certificate(tmp_path)
    text = NGINX.read_text(encoding="utf-8")
    text = re.sub(r"(ssl_certificate(?:_key)?) \S+/(\w+\.pem);", rf"\1 {tmp_path}/\2;", text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "\n".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"events {{}}\nhttp {{\n{folders}\n{text}\n}}\n", encoding="utf-8")
    told = subprocess.run(
        [
            shutil.which("nginx", path=SYSTEM_PATH) or "nginx",
            "-t",
            "-p",
            str(tmp_path),
            "-c",
            str(whole),
            "-g",
            f"pid {tmp_path}/pid; error_log stderr;",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def certificate(folder: Path) -> None:
    """A certificate that is good for nothing but reading the file."""
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = [
        "-subj",
        "/CN=nagi.example",
        "-keyout",
        str(folder / "privkey.pem"),
        "-out",
        str(folder / "fullchain.pem"),
    ]
    subprocess.run(["openssl", "req", *kind, *files], check=True, capture_output=True)
