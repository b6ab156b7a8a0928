"""What was decided can be undone completely: every row a reader's page is made of is as it was before."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, errors, firing, ids, worker
from forum.extensions import begin_writing, db
from forum.models import Ban, Case, Echo, Letter, Moderator, Notice, Post, Theme, Thread, Timer
from forum.moderation import audit, cases, decisions, echoes, letters, lifecycle, notices, pending
from forum.moderation.timers import set_timer
from forum.moderation.wishes import Span
from forum.posting import pace
from forum.runtime import runtime
from forum.search import outbox
from forum.search.documents import documents_for
from forum.search.query import parse
from forum.web.statements import statements
from tests.actors import Staff, Writer, decide_at_once
from tests.integration.moderation.scenes import Scene, add, case_now, keys_of, open_one, set_scene

ACTS: dict[str, dict[str, Any]] = {
    "edit_request": {"sanction": "note"},
    "fold": {"warning": "重い話", "sanction": "warning"},
    "mask": {"rule": 1, "mask_spans": [Span("body", 0, 4)]},
    "hide": {},
    "remove": {"rule": 4, "sanction": "slow"},
    "lock": {},
    "move": {},
}


def person(name: str) -> Moderator:
    return db.session.scalars(select(Moderator).where(Moderator.name == name)).one()


def decide(app: Flask, case_id: str, outcome: str, *, by: str = "アオ", **wish: Any) -> None:
    with app.app_context():
        begin_writing()
        case = db.session.get_one(Case, ids.from_text(case_id))
        post = db.session.get_one(Post, cases.post_id_of(case))
        decide_at_once(
            case_id=case.id,
            version=case.version,
            revision=post.revision,
            moderator=person(by),
            audit_key=keys_of(app).audit,
            outcome=outcome,
            **wish,
        )
        db.session.commit()


# How a post may stand when it is decided upon, and what is offered then.
LIVE = [("reply", "live", outcome) for outcome in ACTS if outcome != "move"]
OPENING = [("opening", "live", outcome) for outcome in ("fold", "mask", "hide", "remove", "lock", "move")]
WAITING = [("reply", "held", outcome) for outcome in ("edit_request", "fold", "mask", "remove")]
SCHEDULED = [("reply", "scheduled", outcome) for outcome in ("fold", "mask", "remove")]
ALL = [*LIVE, *OPENING, *WAITING, *SCHEDULED]
WAYS = ("second thought", "appeal", "second person")
# Given once, at the first publication, and never taken back: readers may have seen them.
NUMBERS = ("number", "day", "last_no", "bumped_no", "bumped_day", "created_day", "live_posts")
WORDS = (
    "波止ノ沢は小さな町で、診療所の受付をしています。雨の降る朝には、だれも来ない待合室で、"
    "窓の外の海をながめて、同じことばかりを考えています。"
)


def rows(app: Flask, scene: Scene) -> dict[str, Any]:
    """All that readers see and find, what they may do, and what is to come; only the version is left out."""
    with app.app_context():
        while outbox.drain(runtime().search):
            db.session.commit()
        ids_here = [scene.opening_id, scene.reply_id]
        thread = db.session.get_one(Thread, scene.thread_id)
        found: dict[str, Any] = {
            name.key: getattr(thread, name.key) for name in Thread.__table__.columns if name.key != "version"
        }
        for place, post_id in enumerate(ids_here):
            post = db.session.get_one(Post, post_id)
            for name in ("source", "html", "warning", "status", "number", "day"):
                found[f"{place} {name}"] = getattr(post, name)
        found["echoes"] = sorted(map(tuple, db.session.execute(select(Echo.post_id, Echo.number))))
        found["bans"] = [ban.id for ban in db.session.scalars(select(Ban)) if ban.until_day >= clock.today()]
        found["documents"] = sorted(map(str, documents_for(ids_here)))
        found["found"] = sorted(
            post_id
            for post_id in runtime().search.candidates(parse("波止ノ沢").terms, theme=thread.theme_code)
            if post_id in ids_here
        )
        timers = select(Timer.kind).where(Timer.target.in_(ids_here)).order_by(Timer.kind)
        found["timers"] = list(db.session.scalars(timers))
        return found


def version(app: Flask, thread_id: bytes) -> int:
    with app.app_context():
        return db.session.get_one(Thread, thread_id).version


def somewhere(app: Flask, about: str, status: str) -> tuple[Scene, bytes]:
    """A thread of long texts, and the post that is decided upon, as it stands."""
    scene = set_scene(app, reply_status="live" if about == "opening" else status, body=WORDS)
    post_id = scene.opening_id if about == "opening" else scene.reply_id
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, scene.opening_id), source=f"はじめの投稿です。{WORDS}")
        echoes.keep(scene.reply_id, echoes.numbers_of(WORDS))
        if status == "scheduled":
            set_timer("publish", post_id, clock.now() + timedelta(hours=5))
        db.session.commit()
    return scene, post_id


def wish_for(app: Flask, outcome: str, about: str) -> dict[str, Any]:
    with app.app_context():
        other = db.session.scalars(select(Theme.code).order_by(Theme.position.desc())).first()
    wish = ACTS[outcome] | ({"theme": other} if outcome == "move" else {})
    if outcome == "mask" and about == "opening":
        wish["mask_spans"] = [Span("body", 0, 4), Span("title", 0, 2)]
    elif outcome == "mask":
        wish["mask_spans"] = [Span("body", 0, 4), Span("body", 10, 14)]
    return wish


def sends_back(app: Flask, case_id: str, name: str) -> None:
    with app.app_context():
        begin_writing()
        case = db.session.get_one(Case, ids.from_text(case_id))
        pending.send_back(
            case_id=case.id, version=case.version, moderator=person(name), audit_key=keys_of(app).audit
        )
        db.session.commit()


def appeals(app: Flask, post_id: bytes) -> str:
    """The writer says that it was wrong; the case that is open then."""
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, post_id)
        letters.write_letter(kind="appeal", body="ちがうと思います。", hour=1, about_post=post)
        db.session.commit()
        case = db.session.scalars(
            select(Case).where(Case.state != "settled", Case.target_id.in_((post.id, post.thread_id)))
        ).one()
        return ids.to_text(case.id)


def undo_all(app: Flask, outcome: str, way: str, about: str, status: str) -> None:
    """Decide, undo, and compare every row with what it was before."""
    scene, post_id = somewhere(app, about, status)
    before = rows(app, scene)
    case_id = open_one(app, post_id, lane=1 if way == "second person" else 2)
    decide(app, case_id, outcome, **wish_for(app, outcome, about))
    acted, seen = rows(app, scene), version(app, scene.thread_id)
    assert acted != before, "nothing was done"
    if way == "second person":
        assert case_now(app, case_id).state == "waiting_second"
        sends_back(app, case_id, "ハル")
        assert case_now(app, case_id).state == "open"
    elif way == "appeal":
        assert appeals(app, post_id) == case_id
        decide(app, case_id, "publish", by="ハル")
        with app.app_context():
            assert (
                db.session.scalars(select(Letter.step).where(Letter.about_post == post_id)).one()
                == "restored"
            )
    else:
        decide(app, open_one(app, post_id), "publish")
    after, expected, ignored = rows(app, scene), dict(before), ()
    if status == "held":
        # Whether it is undone or published now, it was numbered when readers first saw it.
        ignored = (*NUMBERS, *(f"1 {name}" for name in NUMBERS))
        if way != "second person":
            expected["1 status"] = "live"
            ignored += ("documents", "found")
            assert scene.reply_id in after["found"]
    for name in before.keys() - set(ignored):
        assert after[name] == expected[name], (outcome, way, about, status, name)
    assert (version(app, scene.thread_id) > seen) == (
        outcome != "edit_request" or (status == "held" and way != "second person")
    )
    with app.app_context():
        told = select(Notice.outcome).where(Notice.post_id == post_id).order_by(Notice.number.desc())
        assert db.session.scalars(told).first() == "publish"


def undo_each(app: Flask, some: list[tuple[str, str, str]], way: str) -> None:
    for number, (about, status, outcome) in enumerate(some):
        # Two days apart: whoever was about yesterday would be the second person before anything stands.
        with clock.frozen(clock.now() + timedelta(days=2 * number)):
            undo_all(app, outcome, way, about, status)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("outcome", ACTS)
def test_undoing_puts_back_every_row(app: Flask, outcome: str, way: str) -> None:
    add(app, "アオ")
    add(app, "ハル")
    undo_each(app, [one for one in ALL if one[2] == outcome], way)


@pytest.mark.postgres
def test_undoing_puts_back_every_row_on_postgresql(postgres_app: Flask) -> None:
    add(postgres_app, "アオ")
    add(postgres_app, "ハル")
    for number, way in enumerate(WAYS):
        with clock.frozen(clock.now() + timedelta(days=100 * number)):
            undo_each(postgres_app, ALL, way)


def test_what_was_decided_about_a_thread_as_a_whole_is_undone_by_an_appeal_too(app: Flask) -> None:
    add(app, "アオ")
    add(app, "ハル")
    for outcome in ("hide", "lock", "move"):
        scene, post_id = somewhere(app, "opening", "live")
        before = rows(app, scene)
        with app.app_context():
            begin_writing()
            thread = db.session.get_one(Thread, scene.thread_id)
            case_id = ids.to_text(
                cases.open_thread_case(thread=thread, lane=4, source="screening", hour=0).id
            )
            db.session.commit()
        decide(app, case_id, outcome, **wish_for(app, outcome, "opening"))
        assert rows(app, scene) != before
        assert appeals(app, post_id) == case_id
        assert case_now(app, case_id).lane == 4
        decide(app, case_id, "publish", by="ハル")
        assert rows(app, scene) == before


def test_whoever_was_asked_for_other_words_can_write_them_and_the_case_comes_back_once(app: Flask) -> None:
    add(app, "アオ")
    scene = set_scene(app)
    case_id = open_one(app, scene.reply_id)
    decide(app, case_id, "edit_request")
    assert case_now(app, case_id).state == "settled"
    with app.app_context():
        assert pace.may_edit(db.session.get_one(Post, scene.reply_id))
    with clock.frozen(clock.end_of(clock.date_after(decisions.DAYS_TO_EDIT)) + timedelta(minutes=1)):
        for _again in range(2):
            with app.app_context():
                begin_writing()
                firing.fire("edit", scene.reply_id)
                db.session.commit()
        assert case_now(app, case_id).state == "open"
        decide(app, case_id, "fine")
        with app.app_context():
            begin_writing()
            firing.fire("edit", scene.reply_id)
            db.session.commit()
        assert case_now(app, case_id).state == "settled"


def test_another_title_is_other_words_too_and_the_case_comes_back(app: Flask, writer: Writer) -> None:
    writer.vents(WORDS, title="波止ノ沢のこと")
    add(app, "アオ")
    post_id = ids.from_text(writer.post_id)
    case_id = open_one(app, post_id)
    decide(app, case_id, "edit_request")
    form = f"/p/{writer.post_id}/e"
    assert f'href="{form}"' in writer.opens("/me").text
    assert "お願いしてから" in writer.opens(form).text
    assert writer.sends(form, title="海のこと", act="asis").status_code == 303
    with app.app_context():
        post = db.session.get_one(Post, post_id)
        assert (db.session.get_one(Thread, post.thread_id).title, post.revision) == ("海のこと", 2)
        assert db.session.get(Timer, ("edit", post_id)) is None
    assert case_now(app, case_id).state == "open"
    # Masked now and undone: the title is the one that its writer left, and not the one before.
    decide(app, case_id, "mask", rule=1, mask_spans=[Span("title", 0, 2)])
    decide(app, open_one(app, post_id), "publish")
    with app.app_context():
        assert db.session.get_one(Thread, post.thread_id).title == "海のこと"


def test_nobody_waits_for_other_words_of_a_post_that_its_writer_took_away(app: Flask) -> None:
    add(app, "アオ")
    scene = set_scene(app)
    case_id = open_one(app, scene.reply_id)
    decide(app, case_id, "edit_request")
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        assert decisions.waits_for_edit(post)
        lifecycle.erase(post)
        assert decisions.waits_for_edit(post) is None
        db.session.commit()


def after_days(app: Flask) -> None:
    """The nights of the fortnight: what was kept for an appeal is erased."""
    with app.app_context():
        worker.blank_removed()
        db.session.commit()
        begin_writing()
        worker.erase_masked()
        db.session.commit()


def test_when_the_days_are_over_the_rest_is_undone_and_that_is_said(app: Flask) -> None:
    add(app, "アオ")
    masked, masked_id = somewhere(app, "reply", "live")
    decide(app, open_one(app, masked_id), "mask", **wish_for(app, "mask", "reply"), sanction="warning")
    _gone, gone_id = somewhere(app, "reply", "live")
    decide(app, open_one(app, gone_id), "remove", rule=4, sanction="warning")
    assert len(rows(app, masked)["bans"]) == 2
    with clock.frozen(clock.now() + timedelta(days=worker.DAYS_KEPT_REMOVED + 1)):
        after_days(app)
        kept = rows(app, masked)["1 source"]
        decide(app, open_one(app, masked_id), "publish")
        assert rows(app, masked)["1 source"] == kept
        # Nothing is left to publish; that it is fine ends the step all the same.
        case_id = open_one(app, gone_id)
        with pytest.raises(errors.Invalid) as refused:
            decide(app, case_id, "publish")
        assert (refused.value.field, refused.value.code) == ("outcome", "too_late")
        decide(app, case_id, "fine")
        assert rows(app, masked)["bans"] == []
        with app.app_context():
            assert audit.verify(db.session(), keys_of(app).audit).holds
            told = db.session.scalars(select(Notice).where(Notice.post_id == masked_id)).all()
            with app.test_request_context():
                said = {one.done_words for one in statements(list(told))}
        assert any("元の言葉はもう消えています" in words for words in said)


def test_whoever_is_told_a_word_that_counts_nothing_reads_that(app: Flask) -> None:
    add(app, "アオ")
    scene = set_scene(app)
    decide(app, open_one(app, scene.reply_id), "edit_request", sanction="note")
    with app.app_context(), app.test_request_context():
        (told,) = statements(db.session.scalars(select(Notice)).all())  # type: ignore[arg-type]
    assert told.note is None
    assert told.sanction_words
    assert "今回のことは、数えません" in told.sanction_words


def test_a_step_is_told_to_whom_it_is_against_and_to_nobody_else(app: Flask) -> None:
    add(app, "アオ")
    scene = set_scene(app)
    decide(app, open_one(app, scene.reply_id), "lock", rule=3, sanction="slow")
    with app.app_context(), app.test_request_context():
        told = list(db.session.scalars(select(Notice)))
        authors = {
            db.session.get_one(Post, one).participant_id: one for one in (scene.opening_id, scene.reply_id)
        }
        steps = {
            authors[notice.participant_id]: bool(said.sanction_words)
            for notice, said in zip(told, statements(told), strict=True)
        }
        assert steps == {scene.opening_id: False, scene.reply_id: True}
        assert len(notices.notices_about(scene.reply_id)) == 1


@pytest.mark.parametrize("alone", [False, True])
def test_an_appeal_is_for_somebody_else_where_there_is_somebody(
    app: Flask, moderator: Staff, alone: bool
) -> None:
    scene = set_scene(app)
    case_id = open_one(app, scene.reply_id)
    moderator.takes(case_id)
    assert moderator.decides(case_id, "hide", rule="3").status_code == 303
    other = None if alone else Staff(app, name="世話人B")
    if other:
        assert other.opens("/m/").status_code == 200
        other.takes(open_one(app, scene.opening_id))
    assert appeals(app, scene.reply_id) == case_id
    with app.app_context():
        letter = ids.to_text(db.session.scalars(select(Letter.id)).one())
    answered = moderator.sends(f"/m/l/{letter}", act="answer", words="読みなおしました。")
    moderator.takes(case_id)
    decided = moderator.decides(case_id, "publish", note_author="もう一度、読みました。")
    if other is None:
        assert (answered.status_code, decided.status_code) == (303, 303)
        assert case_now(app, case_id).state == "settled"
        return
    assert (answered.status_code, decided.status_code) == (409, 422)
    assert "読みなおしました。" in answered.text
    assert "もう一度、読みました。" in decided.text
    assert re.search(r"別の(<wbr>)?世話人", answered.text)
    assert case_now(app, case_id).state == "leased"
    other.takes(case_id)
    assert other.decides(case_id, "publish").status_code == 303
    # That the appeal is decided does not turn the two around.
    assert moderator.sends(f"/m/l/{letter}", act="answer", words="もどしました。").status_code == 409
    assert other.sends(f"/m/l/{letter}", act="answer", words="もどしました。").status_code == 303
    with app.app_context():
        assert db.session.get_one(Post, scene.reply_id).status == "live"
