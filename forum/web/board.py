"""What every page says while the board as a whole rests, or is calm."""

from forum.i18n import gettext as _
from forum.queries import board
from forum.queries.board import BoardRow
from forum.runtime import runtime

_BYTES = 64


def standing() -> str:
    """``paused``, ``shut`` or ``calm``; the empty text on an ordinary day, and when nothing can be asked."""
    try:
        row = runtime().until_written.find_or_make(("board",), _looked_up)
    except Exception:  # whatever it is, the page that says so must come
        return ""
    if row is None:
        return ""
    return "paused" if row.is_paused else "shut" if row.is_shut else "calm" if row.is_calm else ""


def is_calm() -> bool:
    """Whether limits are tighter now."""
    return standing() == "calm"


def note_words() -> str:
    """The sentence for every page; the empty text on an ordinary day."""
    return {
        "paused": _(
            "いまは、<wbr>書くのを<wbr>お休みしています。<wbr>読むことは、<wbr>いつもどおりできます。"
        ),
        "shut": _(
            "いま、<wbr>世話人の手が<wbr>足りていません。<wbr>だれかが戻るまで、<wbr>書くのを<wbr>お休みしています。<wbr>読むことと、<wbr>相談先は、<wbr>いつもどおりです。"
        ),
        "calm": _(
            "いまは、<wbr>ゆっくりの日に<wbr>しています。<wbr>はじめての方の<wbr>言葉は、<wbr>世話人が先に<wbr>読んでから出します。<wbr>少し時間がかかります。"
        ),
    }.get(standing(), "")


def _looked_up() -> tuple[BoardRow | None, int]:
    return board.stands(runtime().onlooker), _BYTES
