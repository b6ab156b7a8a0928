"""One answer for a watchdog: usable or not, and nothing else."""

from flask import Blueprint, Response, make_response
from sqlalchemy.exc import SQLAlchemyError

from forum import schema
from forum.extensions import db
from forum.runtime import runtime

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """200 when database, migrations and search are usable, else 503."""
    usable = database_is_at_head() and runtime().search.is_usable()
    response = make_response("ok\n" if usable else "unwell\n", 200 if usable else 503)
    response.mimetype = "text/plain"
    return response


def database_is_at_head() -> bool:
    """Whether the database answers and has every revision."""
    try:
        return schema.is_current(db.session.connection())
    except SQLAlchemyError:
        db.session.rollback()
        return False
