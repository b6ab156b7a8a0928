"""After the exit every page of the board leads to the neutral site for a minute: Back brings no word back.

What tells so is an empty cookie. It must be Lax: Strict would stay behind when the browser comes from the neutral site.
"""

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from forum.config import Settings

SECONDS = 60
ALWAYS_SERVED = {"static", "pages.exit", "pages.favicon", "health.healthz"}


def init_leaving(app: Flask, settings: Settings) -> None:
    """Send whoever has just left to the neutral site, whatever page Back leads to."""
    name = cookie_name(settings)

    @app.before_request
    def stay_away() -> Redirect | None:
        if name in request.cookies and request.endpoint not in ALWAYS_SERVED:
            return redirect(settings.exit_url, 303)
        return None


def remember(response: Response, settings: Settings) -> None:
    """This browser has just left."""
    response.set_cookie(
        cookie_name(settings),
        "",
        max_age=SECONDS,
        secure=not settings.is_local,
        httponly=True,
        samesite="Lax",
    )


def cookie_name(settings: Settings) -> str:
    """The cookie that says so and nothing else."""
    return "x" if settings.is_local else "__Host-x"
