"""What every template may use. ``config`` is not among it: a template must not be able to print a secret."""

import functools
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, render_template, request
from jinja2 import StrictUndefined
from markupsafe import Markup

from forum import i18n
from forum.config import Settings
from forum.i18n import locale
from forum.markup import trusted
from forum.web import board, words
from forum.web.edge import ENGLISH
from forum.web.frames import Frames
from forum.web.sessions import on_desk
from forum.web.viewer import viewer

FRAMES = "nagi.frames"
STATIC = Path(__file__).resolve().parent.parent / "static"


def init_templating(app: Flask, settings: Settings) -> None:
    """Set Jinja up: undefined names raise, ``config`` is gone, the few globals are named here."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.pop("config", None)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(
        site_name=settings.site_name,
        static_url=static_url,
        day_words=words.day_words,
        since_words=words.since_words,
        reply_words=words.reply_words,
        wish_words=words.wish_words,
        lifetime_words=words.lifetime_words,
        reaction_words=words.reaction_words,
    )

    app.extensions[FRAMES] = Frames()
    app.jinja_env.globals["always"] = always

    @app.context_processor
    def about_this_request() -> dict[str, Any]:
        return {
            "locale": locale(),
            "viewer": viewer(),
            "other_language_url": other_language_url(),
            "config": None,
            "board_note": board.note_words(),
        }


def frames() -> Frames:
    """The frames that this app keeps."""
    kept: Frames = current_app.extensions[FRAMES]
    return kept


def always(name: str) -> Markup:
    """A piece that is the same on every page of a language: a frame without holes."""
    frame = frames().frame((name, request.script_root), lambda: render_template(name))
    return trusted(frame.filled({}).decode())


@functools.cache
def static_url(name: str) -> str:
    """A file's address with a digest of its content; the same in both languages."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def other_language_url() -> str | None:
    """The same page in the other language; the moderators' desk has none."""
    if on_desk(request):
        return None
    path = quote(request.path) + (
        f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
    )
    return path if locale() == "en" else ENGLISH + path
