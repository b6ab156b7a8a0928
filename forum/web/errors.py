"""Refusals as pages: each class of the domain once, with its status and its words. No refusal blames anybody."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from forum import clock, errors, logs
from forum.extensions import db, limiter
from forum.forms.base import BaseForm
from forum.i18n import gettext as _
from forum.web.guards import is_from_here
from forum.web.panel import panel_context, panel_for
from forum.web.statements import sanction_words

# Where a person's own words stand in a form, and what must not travel through a page of a refusal.
TEXT_FIELDS = ("body", "note", "words", "note_author", "note_team", "title", "about", "q")
# Where somebody may say how they are. Letters on the desk are read by those who answer them.
READ_FIELDS = ("title", "warning", "body", "note", "about")
NOT_KEPT = ("phrase", "password", "again", "code", "box", "answer", "act", "m", "asked")


@dataclass(frozen=True)
class Refusal:
    """What a person is told."""

    status: int
    title: str
    message: str
    rest: int | None = None  # seconds after which the same can be sent again

    def on(self, response: Response) -> Response:
        """The response with this refusal's status and, where time mends it, Retry-After."""
        response.status_code = self.status
        if self.rest:
            response.headers["Retry-After"] = str(self.rest)
        return response


def init_errors(app: Flask) -> None:
    """Register the one handler for each family of refusals."""
    app.register_error_handler(errors.ForumError, _domain)
    app.register_error_handler(RateLimitExceeded, _limited)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def limit_words() -> str:
    """Rest, not guilt."""
    return _("少し時間をおいてから送れます。書いたものはここに残っています。")


def refusal_for(error: errors.ForumError) -> Refusal:
    """Status and words of a domain refusal."""
    if isinstance(error, errors.Gone):
        return Refusal(
            410, _("ここには、もうありません"), _("消されたか、残しておく日にちが過ぎたようです。")
        )
    if isinstance(error, errors.Closed):
        return Refusal(
            409, _("この話は閉じています"), _("読むことはできますが、新しい返事は、もう書けません。")
        )
    if isinstance(error, errors.TooLate):
        return Refusal(
            409,
            _("直せる時間が過ぎました"),
            _(
                "置いてから三十分ほどは直せます。そのあとも、言葉を伏せることと、消すことは、いつでもできます。"
            ),
        )
    if isinstance(error, errors.NotYet):
        return Refusal(429, _("少しだけ、間をおきましょう"), rest_words(error.seconds), error.seconds)
    if isinstance(error, errors.TooSoon):
        return Refusal(422, _("もう少しだけ"), soon_words(error.seconds))
    if isinstance(error, errors.Expired):
        return Refusal(422, _("頁を開きなおしました"), expired_words())
    if isinstance(error, errors.Stale):
        return Refusal(409, _("ほかの人が先に変えました"), _("今の様子を見てから、もう一度どうぞ。"))
    if isinstance(error, errors.Sanctioned):
        return Refusal(403, _("いまは、お休みの時間です"), _rest_words(error))
    if isinstance(error, errors.Resting):
        return Refusal(503, _("いまは、書くのをお休みしています"), resting_words(error))
    if isinstance(error, errors.Looked):
        return _looked()
    if isinstance(error, errors.NotFound):
        return _missing()
    if isinstance(error, errors.Invalid):
        return Refusal(
            422, _("うまく受けとれませんでした"), _("選んだものを、もう一度見なおしてみてください。")
        )
    if isinstance(error, errors.Already):
        return Refusal(409, _("もう受けとっています"), _("同じものが、先に届いていました。"))
    return _unwell()


def resting_words(error: errors.Resting) -> str:
    """Writing rests, for whatever reason."""
    if error.for_want_of_staff:
        return _(
            "世話人の手が足りないので、だれかが戻るまでお休みしています。読むことはできます。書いたものはここに残っています。写しておくか、日をあらためて、もう一度送ってください。"
        )
    return _(
        "読むことはできます。書いたものはここに残っています。写しておくか、時間をおいてもう一度送ってください。"
    )


def _rest_words(error: errors.Sanctioned) -> str:
    answer = _(
        "わけは「自分の場所」にあります。違うと思ったら、世話人へ手紙で伝えてください。書いたものはここに残っています。"
    )
    return f"{sanction_words(error.scope, error.until)} {answer}"


def soon_words(seconds: int) -> str:
    """The wait ticket is not ripe."""
    return _("あと%(seconds)d秒ほどで送れます。書いたものはここに残っています。", seconds=max(seconds, 1))


def cutting_words(code: str) -> str:
    """A text that was meant to have words taken out and has something else; ``code`` as in posting/cutting.py."""
    if code == "empty":
        return _("全部を消すときは、「消す」を使ってください。")
    return _("足したり書きかえたりしたところがあるようです。できるのは、言葉を消すことだけです。")


def rest_words(seconds: int) -> str:
    """How long it takes until the same can be sent: in the measure a person counts in."""
    if seconds < 100:
        return soon_words(seconds)
    if seconds < 100 * 60:
        return _(
            "あと%(minutes)d分ほどで送れます。書いたものはここに残っています。",
            minutes=math.ceil(seconds / 60),
        )
    return _(
        "あと%(hours)d時間ほどで送れます。書いたものはここに残っています。", hours=math.ceil(seconds / 3600)
    )


def expired_words() -> str:
    """The form is old, or came from a page of before."""
    return _(
        "頁が古くなっていたので、新しくしました。書いたものはここに残っています。もう一度送ってください。"
    )


def _looked() -> Refusal:
    return Refusal(404, _("確認中です"), _("この話は、いま世話人が確かめています。そのあいだは見えません。"))


def _missing() -> Refusal:
    return Refusal(404, _("見つかりませんでした"), _("アドレスが少し違うか、もうここにはないようです。"))


def _unwell() -> Refusal:
    return Refusal(
        503,
        _("いま、うまく動いていません"),
        _("少し時間をおいて、もう一度開いてみてください。相談先は開けます。"),
    )


def _page(refusal: Refusal, *, panel_else: str = "") -> Response:
    """The page of a refusal. What came with the form stands on it, ready to be sent again: a text is never lost.
    ``panel_else`` is the help beside words that ask for none by themselves."""
    kept = _kept_fields()
    text_field = next((name for name in TEXT_FIELDS if kept.get(name)), None)
    panel = _panel_for(kept[name] for name in READ_FIELDS if name in kept)
    if panel_else and not panel["panel"]:
        panel = panel_context(panel_else)
    page = render_template(
        "errors/page.html",
        title_text=refusal.title,
        message=refusal.message,
        kept_field=text_field,
        kept_text=kept.pop(text_field) if text_field else "",
        kept_rest=kept if text_field else {},
        **panel,
    )
    return refusal.on(make_response(page))


def _kept_fields() -> dict[str, str]:
    """What the sent form held. Nothing when the form itself is what was refused (too large, broken)."""
    if request.method != "POST" or not is_from_here():
        return {}
    try:
        return {name: value for name, value in request.form.items() if name not in NOT_KEPT}
    except HTTPException:
        return {}


def _panel_for(texts: Iterable[str]) -> dict[str, Any]:
    """Help beside a refusal, too, when the words ask for it. A fault in looking must not hide the text."""
    try:
        return panel_for(*texts)
    except Exception as error:
        logs.fault(error)
        return panel_context("")


def _domain(error: errors.ForumError) -> Response:
    db.session.rollback()
    # Who cannot be read here now is told where somebody listens.
    return _page(refusal_for(error), panel_else="c0" if isinstance(error, errors.Resting) else "")


def _limited(error: RateLimitExceeded) -> Response:
    refused = limiter.current_limit
    left = math.ceil(refused.reset_at - clock.now().timestamp()) if refused else 0
    return _page(Refusal(429, _("少しだけ、間をおきましょう"), limit_words(), max(left, 1)))


def _http(error: HTTPException) -> Response:
    known = {
        400: Refusal(400, _("うまく受けとれませんでした"), expired_words()),
        403: Refusal(
            403, _("ここからは送れません"), _("この場所の頁を開きなおして、そこから送ってください。")
        ),
        405: Refusal(405, _("この頁では、それはできません"), _("はじめの頁から、たどってみてください。")),
        410: Refusal(410, _("ここには、もうありません"), _("消されたか、残しておく日にちが過ぎたようです。")),
        413: Refusal(
            413,
            _("長すぎて受けとれませんでした"),
            _("一度に置けるのは五千字までです。いくつかに分けて置いてみてください。"),
        ),
        503: _unwell(),
    }
    code = error.code or 500
    if code in {301, 302, 303, 307, 308}:
        return make_response(error.get_response())
    fallback = _missing() if code < 500 else _unwell()
    refusal = known.get(code, fallback)
    response = _page(Refusal(code, refusal.title, refusal.message))
    if code == 405 and isinstance(getattr(error, "valid_methods", None), list):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def _unforeseen(error: Exception) -> Response:
    """A fault of ours: type and place go to the log, never its message, which may hold somebody's words."""
    db.session.rollback()
    logs.fault(error)
    return _page(Refusal(500, _unwell().title, _unwell().message))


def form_message(form: BaseForm) -> str | None:
    """What stands above a form that was not taken: only when a field does not say it itself."""
    if form.token_is_wrong:
        return expired_words()
    return None
