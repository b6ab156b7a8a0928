"""Who may send a form: only a page of this board itself."""

from flask import Flask, Response, abort, make_response, render_template, request

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SITE = "Sec-Fetch-Site"


def init_guards(app: Flask) -> None:
    """Refuse writes that come from elsewhere, and hand no token to a form page opened from elsewhere."""

    @app.before_request
    def only_from_here() -> Response | None:
        if request.method not in SAFE_METHODS:
            if not is_from_here():
                abort(403)
            return None
        if request.headers.get(SITE) == "cross-site" and _takes_forms():
            # The Strict cookie did not come along; a new one set here would overwrite the writer's seed.
            return make_response(
                render_template(
                    "pages/interstitial.html", page_url=request.script_root + request.full_path.rstrip("?")
                )
            )
        return None


def is_from_here() -> bool:
    """Whether the browser says that one of our own pages sent this; one that says nothing is judged by its token."""
    return request.headers.get(SITE, "same-origin") == "same-origin"


def _takes_forms() -> bool:
    rule = request.url_rule
    return rule is not None and "POST" in (rule.methods or ()) and rule.endpoint != "search.form"
