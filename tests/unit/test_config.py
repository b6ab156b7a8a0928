"""Settings: from the file, over it the environment, every fault with one clear line."""

from pathlib import Path

import pytest

from forum.config import Settings, load_config
from forum.errors import ConfigError


def at(folder: Path, **settings: str) -> Settings:
    return load_config(
        {
            "FORUM_INSTANCE": str(folder),
            **{f"FORUM_{name.upper()}": value for name, value in settings.items()},
        }
    )


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = at(tmp_path)
    assert settings.database == f"sqlite:///{tmp_path / 'nagi.sqlite3'}"
    assert settings.is_local


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('port = 9000\nsite_name = "浜"\n[limits]\nwrite = "1 per day"\n')
    settings = at(tmp_path, port="9100", limit_write="2 per day")
    assert (settings.port, settings.site_name, settings.limits.write) == (9100, "浜", "2 per day")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("port", "http", "port"),
        ("port", "0", "port"),
        ("port", "70000", "port"),
        ("proxy_hops", "-1", "proxy_hops"),
        ("search", "elastic", "search"),
        ("search", "postgres", "search = postgres needs a PostgreSQL database"),
        ("workers", "2", "redis_url"),
        ("database_url", "postgresql://x/y", "postgresql+psycopg"),
        ("exit_url", "http://example.com", "https"),
        ("samples", "always", "samples"),
        ("site_name", " ", "site_name"),
        ("limit_bucket_factor", "many", "bucket_factor"),
    ],
)
def test_a_setting_that_cannot_work_is_named(tmp_path: Path, name: str, value: str, word: str) -> None:
    with pytest.raises(ConfigError) as refused:
        at(tmp_path, **{name: value})
    assert word in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_memory_index_is_for_one_worker(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="search = memory"):
        at(tmp_path, search="memory", workers="2", redis_url="redis://127.0.0.1:6379/0")


@pytest.mark.parametrize("text", ["port = ", "colour = 1", "[limits]\nspeed = '1'", "limits = 3"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError):
        at(tmp_path)


@pytest.mark.parametrize(
    ("settings", "is_local"),
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"proxy_hops": "1"}, False),
    ],
)
def test_cookies_travel_without_tls_on_loopback_only(
    tmp_path: Path, settings: dict[str, str], is_local: bool
) -> None:
    assert at(tmp_path, **settings).is_local is is_local
