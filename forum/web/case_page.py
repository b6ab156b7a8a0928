"""One case as a page: the text in its conversation, what was found and felt, what was decided before."""

from typing import Any

from flask import url_for

from forum import errors, ids
from forum.extensions import db
from forum.forms.moderation import DECISION_WORDS, OUTCOME_LABELS, UNDO_LABEL, DecideForm
from forum.i18n import gettext as _
from forum.i18n import locale
from forum.identity.marks import HOUSE_MARK, mark_path
from forum.models import Moderator, Pending
from forum.moderation import cases, echoes, heat, interim, pending, together, undoing
from forum.moderation.wishes import Span, Wish, offered
from forum.queries import case_file, letters, posts, threads
from forum.queries.case_file import CaseRow, EarlierRow, NeighbourRow, PlaceRow
from forum.web import desk, words

ECHO_LETTERS = 60
# What of a wish stands in a form as it is, whatever text it is about.
CHOSEN = ("outcome", "rule", "note_author", "note_team", "warning", "sanction", "theme")


def is_reading(case: CaseRow, moderator: Moderator) -> bool:
    """Whether this moderator holds the lease: only then are words shown, for only then is it recorded."""
    return case.leased_until is not None and case.reader_id == moderator.id


def head_of(case: CaseRow, moderator: Moderator) -> dict[str, Any]:
    """What may be shown without a lease: not a word of anybody's."""
    return {
        "id_text": ids.to_text(case.id),
        "lane_words": desk.lane_words(case.lane),
        "lease": desk.lease_words(case.reader_id, case.reader_name, case.leased_until, moderator.id),
        "theme": case.theme_ja if locale() == "ja" else case.theme_en,
        "opened_words": _("%(day)sの案件", day=words.day_words(case.opened_day)),
        "left_words": desk.left_words(case),
        "state_words": state_words(case.state),
        "may_open": cases.may(case.state, "lease"),
        "version": case.version,
        "revision": case.revision,
    }


def state_words(state: str) -> str | None:
    """Where a case stands, when it is not simply waiting to be read."""
    return {
        "settled": _("決まっています"),
        "decided": _("決まったところです"),
        "waiting_second": _("二人めの目を待っています"),
        "escalated": _("まとめ役に回っています"),
        "snoozed": _("あとに回してあります"),
    }.get(state)


def reading_of(case: CaseRow) -> dict[str, Any]:
    """Everything around the text, for the one who reads it."""
    marks = desk.marks_of(case)
    flags = case_file.flags_of(case.id)
    return {
        "post": _post(case, marks),
        "opening": [_neighbour(row) for row in case_file.opening_of(case)],
        "before": [_neighbour(row) for row in case_file.before(case)],
        "after": [_neighbour(row) for row in case_file.after(case)],
        "marks": [(number, mark.reason) for number, mark in enumerate(marks, start=1)],
        "other_reasons": desk.unmarked_reasons(case, marks),
        "people": desk.people_sentence(flags),
        "flag_groups": desk.flag_groups(flags),
        "earlier": [earlier_item(row) for row in case_file.earlier_decisions(case)],
        "appeals": [
            {
                "id_text": ids.to_text(row.id),
                "kind": desk.kind_words(row.kind),
                "body": row.body,
                "state": row.state,
            }
            for row in letters.appeals_about(case.post_id)
        ],
        "echoes": [_echo(row) for row in _echoes_of(case)],
        "may_gather": case.target_kind == cases.TARGET and case.lane in together.LANES,
        "interim": _interim_words(case),
        "is_heated": heat.is_heated(case.thread_id),
        "changed": case.case_revision != case.revision,
        "text_then": _text_then(case),
    }


def outcomes_of(case: CaseRow) -> list[tuple[str, int, Any]]:
    """What may be decided about the post as it stands: (code, key, words)."""
    status = interim.status_without(case.post_id, case.status)
    can_undo = undoing.can_undo(case.id)
    found = offered(status, case.target_kind, opens=case.is_opening, can_undo=can_undo)
    return [
        (
            code,
            OUTCOME_LABELS[code][0],
            UNDO_LABEL if can_undo and code == "publish" else OUTCOME_LABELS[code][1],
        )
        for code in found
    ]


def fill_rooms(form: DecideForm) -> None:
    """Let the form offer the rooms that a thread can be moved to."""
    shown = ((one.code, one.name_ja if locale() == "ja" else one.name_en) for one in threads.open_themes())
    form.theme.choices = [("", _("部屋を選ぶ")), *shown]


def _interim_words(case: CaseRow) -> str | None:
    kinds = interim.kinds_of(case.post_id)
    if interim.HIDDEN in kinds:
        return _(
            "当番のいない時間に知らせが重なったので、確認中として見えなくしてあります。決めると、終わります。"
        )
    if interim.VEIL in kinds:
        return _(
            "当番のいない時間に、知らせた人の印の言葉だけを伏せてあります。下の文は、もとのままです。決めると、終わります。"
        )
    return None


def spans_of(case: CaseRow, form: DecideForm) -> list[Span]:
    """The passages meant: ticked marks, and words written out. Raises Invalid for words not found."""
    marks = desk.marks_of(case)
    chosen = {number for number in form.marks.data or () if 0 < number <= len(marks)}
    spans = {Span(marks[n - 1].field, marks[n - 1].start, marks[n - 1].end) for n in chosen}
    texts = {"body": case.body, "title": case.title if case.is_opening else ""}
    for line in (form.words.data or "").splitlines():
        if line.strip():
            spans |= _places_of(line.strip(), texts)
    return sorted(spans)


def wish_of(case: CaseRow, form: DecideForm) -> Wish:
    """What the form says. Raises Invalid for words that do not stand in the text."""
    return Wish(
        outcome=form.outcome.data,
        rule=form.rule.data,
        note_author=form.note_author.data or "",
        note_team=form.note_team.data or "",
        mask_spans=tuple(spans_of(case, form)),
        warning=form.warning.data or "",
        sanction=form.sanction.data or "",
        theme=form.theme.data or "",
    )


def say_at_field(form: DecideForm, refused: errors.Invalid) -> None:
    """Say what the domain refused beside the field it is about."""
    field = form["words"] if refused.field == "mask_spans" else form[refused.field]
    field.errors = [DECISION_WORDS.get((refused.field, refused.code), _("もう一度見てください。"))]


def fill_again(form: DecideForm, case: CaseRow, pressed: Pending) -> None:
    """Put what was chosen and written before into a form; places of letters only while the text is the same."""
    wish = pending.wish_of(pressed)
    for name in CHOSEN:
        form[name].data = getattr(wish, name)
    if case.revision != pressed.revision:
        return
    marks = desk.marks_of(case)
    places = {Span(mark.field, mark.start, mark.end): number for number, mark in enumerate(marks, start=1)}
    texts = {"body": case.body, "title": case.title}
    form.marks.data = [places[span] for span in wish.mask_spans if span in places]
    form.words.data = "\n".join(
        texts[span.field][span.start : span.end] for span in wish.mask_spans if span not in places
    )


def what_changed(case: CaseRow, seen: int | None, moderator: Moderator) -> str:
    """What somebody else did meanwhile, in one sentence; ``seen`` is the revision of the text that was on the page."""
    if case.state == "settled":
        last = next((row for row in case_file.earlier_decisions(case) if row.case_id == case.id), None)
        if last:
            outcome = str(OUTCOME_LABELS[last.outcome][1])
            return _(
                "%(name)sさんが先に「%(outcome)s」と決めました。", name=last.moderator_name, outcome=outcome
            )
    if case.state in ("decided", "waiting_second") and (pressed := pending.of_case(case.id)):
        who = db.session.get_one(Moderator, pressed.moderator_id).name
        outcome = str(OUTCOME_LABELS[pressed.outcome][1])
        return _("%(name)sさんが先に「%(outcome)s」と決めました。", name=who, outcome=outcome)
    if case.state == "snoozed":
        return _("ほかの世話人が、あとに回しました。開くと、また読めます。")
    if seen is not None and case.revision != seen:
        return _("書いた人が文を直しました。今の文を読んでから、もう一度どうぞ。")
    if case.reader_id is not None and case.reader_id != moderator.id:
        return _("%(name)sさんが引き継いで読んでいます。", name=case.reader_name or "")
    return _("読んでいるあいだに、この案件に新しいことが加わりました。見てから、もう一度どうぞ。")


def earlier_item(row: EarlierRow) -> dict[str, Any]:
    """A decision of before as a line."""
    return {
        "outcome": OUTCOME_LABELS[row.outcome][1],
        "day_words": words.day_words(row.day),
        "name": row.moderator_name,
        "note_team": row.note_team,
        "words": row.words,
    }


def _post(case: CaseRow, marks: list[desk.Mark]) -> dict[str, Any]:
    has_handle = case.adjective is not None and case.noun is not None
    return {
        "path": mark_path((case.adjective, case.noun)) if has_handle else HOUSE_MARK,  # type: ignore[arg-type]
        "name": desk.handle_of(case),
        "is_opener": bool(case.is_opener),
        "number": case.number,
        "day_words": words.day_words(case.day),
        "status": desk.status_words(case.status),
        "warning": case.post_warning,
        "title_lines": desk.marked_text(case.title, marks, "title") if case.is_opening else [],
        "lines": desk.marked_text(case.body, marks, "body"),
        "thread_title": case.title,
        "is_locked": case.is_locked,
    }


def _echoes_of(case: CaseRow) -> list[PlaceRow]:
    found = echoes.twins(case.body, echoes.numbers_of(case.body), but_thread=case.thread_id)
    return case_file.places_of([twin.post_id for twin in found]) if found else []


def _echo(row: PlaceRow) -> dict[str, Any]:
    is_out = row.status == "live" and row.thread_status == "live" and row.number is not None
    page, place = posts.page_of(row.number or 1), f"p{row.number}"
    return {
        "day_words": words.day_words(row.day),
        "status": desk.status_words(row.status),
        "excerpt": row.body[:ECHO_LETTERS],
        # Only what everybody can read; a post that waits has its own case.
        "url": url_for("threads.show", thread_id=ids.to_text(row.thread_id), p=page, _anchor=place)
        if is_out
        else None,
    }


def _neighbour(row: NeighbourRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": desk.handle_of(row),
        "is_opener": bool(row.is_opener),
        "body": row.body,
        "status": None if row.status == "live" else desk.status_words(row.status),
    }


def _text_then(case: CaseRow) -> str | None:
    if case.case_revision == case.revision:
        return None
    return case_file.earlier_text(case.post_id, case.case_revision)


def _places_of(wanted: str, texts: dict[str, str]) -> set[Span]:
    found: set[Span] = set()
    for field, text in texts.items():
        place = text.find(wanted)
        while place >= 0:
            found.add(Span(field, place, place + len(wanted)))
            place = text.find(wanted, place + len(wanted))
    if not found:
        raise errors.Invalid("mask_spans", "unknown")
    return found
