"""Nagi (凪): an anonymous peer-support board that keeps no accounts."""

import hmac
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response
from redis import Redis
from redis.exceptions import RedisError

from forum import journal, logs, schema
from forum.config import Settings, load_config
from forum.contacts import load_contacts
from forum.errors import Unwell
from forum.extensions import csrf, db, limiter, migrate
from forum.identity.day import DayKey, MemoryDayKey, RedisDayKey, SteadyDayKey
from forum.identity.keys import Keys, ensure_keys, load_keys
from forum.moderation.rules import LiveRules
from forum.queries.onlooker import Onlooker
from forum.runtime import EXTENSION, Runtime
from forum.search.backends import make_backend
from forum.shelf import Shelf, minute
from forum.views import BLUEPRINTS
from forum.web.edge import Edge
from forum.web.errors import init_errors
from forum.web.finished import FinishedPages, init_finished
from forum.web.guards import init_guards
from forum.web.headers import init_headers
from forum.web.leaving import cookie_name, init_leaving
from forum.web.sessions import SealedSessions
from forum.web.templating import init_templating

LARGEST_FORM = 256 * 1024
REDIS_SECONDS = 1.0


class Board(Flask):
    """Flask without three of its habits."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook here is a coroutine: none of them is looked at anew in every request."""
        return func

    def log_exception(self, exc_info: Any) -> None:
        """Flask's own line would hold the message of a fault, which may hold somebody's words."""
        logs.fault(exc_info[1] or RuntimeError())

    def handle_exception(self, e: Exception) -> Response:
        """A fault of the page of faults stays here: the server would print it with its message."""
        try:
            return super().handle_exception(e)
        except Exception as fault:
            logs.fault(fault)
            plain = Response("unwell\n", 500, mimetype="text/plain")
            return self.finalize_request(plain, from_error_handler=True)


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The WSGI application. ``environ`` names the settings (the process's environment when not given)."""
    environ = os.environ if environ is None else environ
    settings = load_config(environ)
    ensure_keys(settings.instance)
    keys = load_keys(settings.instance, environ)
    app = Board("forum", instance_path=str(settings.instance.resolve()))
    app.config.from_mapping(_flask_config(settings, keys))
    logs.init_logging()
    _init_extensions(app, settings)
    with app.app_context():
        runtime = _runtime(settings, keys, Onlooker(db.engine))
    app.extensions[EXTENSION] = runtime
    app.session_interface = SealedSessions(settings, keys)
    init_templating(app, settings)
    init_leaving(app, settings)
    init_guards(app)
    init_headers(app, settings)
    init_finished(app)
    init_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    shelves, left = (runtime.until_written, runtime.by_version), cookie_name(settings)
    pages = FinishedPages(app.wsgi_app, *shelves, left=left)  # type: ignore[arg-type]
    app.wsgi_app = Edge(pages, day_key=runtime.day_key, hops=settings.proxy_hops)  # type: ignore[method-assign]
    return app


def _runtime(settings: Settings, keys: Keys, onlooker: Onlooker) -> Runtime:
    contacts = load_contacts(Path(settings.contacts_file) if settings.contacts_file else None)
    return Runtime(
        settings=settings,
        keys=keys,
        day_key=_day_key(settings),
        search=make_backend(settings.search, settings.instance / "index", db.engine),
        rules=LiveRules(settings, contacts),
        contacts=contacts,
        onlooker=onlooker,
        until_written=Shelf(lambda: _moment(onlooker)),
        by_version=Shelf(minute),
    )


def _moment(onlooker: Onlooker) -> tuple[object, object] | None:
    """What a finished page is good for: this minute, as long as nothing is written."""
    state = onlooker.state()
    return None if state is None else (state, minute())


def _day_key(settings: Settings) -> DayKey:
    if not settings.redis_url:
        return MemoryDayKey()
    client = Redis.from_url(
        settings.redis_url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    )
    return SteadyDayKey(RedisDayKey(client), (RedisError, Unwell))


def _init_extensions(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(schema.folder()))
    limiter.init_app(app)
    csrf.init_app(app)


def _flask_config(settings: Settings, keys: Keys) -> dict[str, object]:
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,
            "execution_options": {journal.OPTION: str(settings.instance.resolve() / journal.FILE)},
        },
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": 100,
        "TRUSTED_HOSTS": list(settings.public_hosts) or None,
        # Every form carries and checks its own token, so that a stale one gives the text back (forms/base.py).
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_SECRET_KEY": hmac.digest(keys.form, b"form token", "sha256"),
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(settings.redis_url),
        "RATELIMIT_HEADERS_ENABLED": False,
        "RATELIMIT_KEY_PREFIX": "nagi",
    }
