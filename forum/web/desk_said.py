"""What a page of the desk says once after a press, kept as one byte in the session: every sentence has its number here."""

from forum.i18n import gettext as _
from forum.moderation import together
from forum.web.staff import staff_session

(
    DECIDED,
    ANSWERED,
    SNOOZED,
    ESCALATED,
    HANDED_BACK,
    CONFIRMED,
    SENT_BACK,
    CHANGED,
    DONE,
    TOO_MANY,
    NONE_TICKED,
    TOO_LATE,
    SOME_UNDONE,
    ALL_UNDONE,
    NOTHING_LEFT,
    LAST_DECIDED,
    SET_ASIDE,
    SPOKEN,
    SPOKEN_COVERED,
    WORD_CHANGED,
    WORD_TAKEN_BACK,
) = range(1, 22)


def next_time(message: int) -> None:
    """Let the next page say this."""
    staff_session().change(message=message)


def once() -> str | None:
    """What came of the last press, said once."""
    held = staff_session()
    said = words_of(held.staff.message)
    if held.staff.message:
        held.change(message=0)
    return said


def words_of(message: int) -> str | None:
    """What one of these bytes says."""
    return {
        DECIDED: _("決めました。15秒たつと効きます。それまでは、下から取り消せます。"),
        ANSWERED: _("返事を送りました。"),
        SNOOZED: _("あとに回しました。時間が来ると、一覧に戻ります。"),
        ESCALATED: _("まとめ役に回しました。"),
        HANDED_BACK: _("みんなの一覧に戻しました。"),
        CONFIRMED: _("二人で決めました。"),
        SENT_BACK: _("案件を開きなおしました。決めた人にも伝わります。"),
        DONE: _("そうしました。"),
        NOTHING_LEFT: _("いま、あなたを待つ案件はありません。来てくださって、ありがとうございます。"),
        LAST_DECIDED: _(
            "決めました。15秒たつと効きます。それまでは、下から取り消せます。いま待つ案件は、これで終わりです。ひと息ついてください。"
        ),
        SET_ASIDE: _("あなたの机を整えました。"),
        CHANGED: _("そのあいだに文が変わっていました。案件を開きなおしました。"),
        TOO_MANY: _(
            "一度にまとめられるのは、%(most)d件までです。少し外してから、もう一度どうぞ。",
            most=together.MOST,
        ),
        NONE_TICKED: _("まとめて読む案件に、印を付けてください。"),
        TOO_LATE: _("もう取り消せません。"),
        SOME_UNDONE: _("もう効いていて、取り消せないものがありました。ほかは、取り消しました。"),
        ALL_UNDONE: _("まとめて取り消しました。選んだことと書いたことは、下に残っています。"),
        SPOKEN: _("置きました。一日のあいだは、どの世話人でも、直したり取り下げたりできます。"),
        SPOKEN_COVERED: _(
            "置きました。お店や集まりの名前は〇〇に替えました。一日のあいだは、どの世話人でも、直したり取り下げたりできます。"
        ),
        WORD_CHANGED: _("直しました。"),
        WORD_TAKEN_BACK: _("取り下げました。言葉は消えました。"),
    }.get(message)
