"""What the script of an open page of the desk asks every few seconds: whether anything changed. Nothing waits, nothing is
renewed."""

from flask import Blueprint, Response, jsonify, make_response, request

from forum import ids
from forum.web import desk_case, live
from forum.web.limits import limited
from forum.web.staff import current_moderator, only_moderators_quietly

bp = Blueprint("live", __name__, url_prefix="/m")
bp.before_request(only_moderators_quietly)


@bp.get("/c/<case_id>/now")
@limited("desk")
def case(case_id: str) -> Response:
    """204 while a case stands as the page has seen it (``v``); else how it stands, and a sentence about it."""
    found, moderator = desk_case.case_of(ids.from_text(case_id)), current_moderator()
    now = live.seen_of(found, moderator)
    if request.args.get("v") == str(now):
        return make_response("", 204)
    before = live.seen_from(request.args.get("v", ""))
    return jsonify(v=str(now), said=live.news(found, before, now, moderator))


@bp.get("/now")
@limited("desk")
def desk() -> Response:
    """204 while the list stands as the page has seen it; else how it stands. The sentence stands in the page."""
    now = live.list_seen()
    return make_response("", 204) if request.args.get("v") == now else jsonify(v=now)
