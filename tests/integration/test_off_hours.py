"""While nobody is on duty flags do something small: few words are covered, three voices hide, and all of it can be undone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from forum import clock, ids
from forum.backups.archive import LEFT_OUT
from forum.cli import cli, work
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Case, Flag, Interim, Moderator, Notice, Participant, Post, Thread, Timer
from forum.moderation import audit, duty, flags, interim, lifecycle, state
from forum.moderation.veils import COVER
from forum.queries.export import exported_threads
from forum.runtime import runtime
from forum.search.documents import documents_for
from tests.actors import Reader, Staff, Writer, decide_at_once
from tests.integration.moderation.scenes import Scene, add, add_hands, set_scene

# 09:00-12:00 and 20:00-24:00 are staffed.
NIGHT = datetime(2026, 12, 1, 3, 0, tzinfo=clock.BOARD_ZONE)
MORNING = NIGHT.replace(hour=10)
BODY = "青い屋根の下で、ハルちゃんとお茶を飲んでいます。"
NAME = "ハルちゃん"
LOOKED_AT = "いま確認中です"


def reports(
    app: Flask, post_id: str, network: int, reason: str, words: str = "", person: Writer | None = None
) -> TestResponse:
    """Somebody tells the caretakers, from one of many networks."""
    person = person or Writer(app)
    person.browser.environ_base["REMOTE_ADDR"] = f"198.51.{network}.7"
    return person.sends(f"/p/{post_id}/f", reason=reason, words=words)


def rows(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {row.kind: row.spans for row in db.session.scalars(select(Interim))}


def timers(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Timer.kind).where(Timer.kind == interim.TIMER)))


def status_of(app: Flask, post_id: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(Post.status).where(Post.id == ids.from_text(post_id))))


@pytest.fixture
def story(app: Flask, writer: Writer) -> Writer:
    """A thread whose second post names somebody; ``post_id`` is that post's."""
    with clock.frozen(NIGHT):
        writer.vents("夜の台所で、白湯を飲んでいます。")
        page = writer.replies(writer.thread_id, BODY)
        assert page.status_code == 303
        assert status_of(app, writer.post_id) == "live"
    return writer


def hide(app: Flask, post_id: str, reasons: tuple[str, ...] = ("attack", "harsh", "solicitation")) -> None:
    for network, reason in enumerate(reasons):
        assert reports(app, post_id, network, reason).status_code == 200


def page_of(app: Flask, thread_id: str) -> str:
    return Reader(app).opens(f"/t/{thread_id}").text


def test_two_networks_cover_the_words_both_marked_and_nothing_else(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        reports(app, story.post_id, 1, "identity", f"{NAME}\n青い屋根")
        assert BODY in page_of(app, story.thread_id)
        answer = reports(app, story.post_id, 2, "identity", f"{NAME}\nお茶")
        assert "伏せました" in answer.text.replace("<wbr>", "")
        page = page_of(app, story.thread_id)
    assert BODY.replace(NAME, COVER) in page
    assert NAME not in page
    assert status_of(app, story.post_id) == "live"
    with app.app_context():
        (document,) = documents_for([ids.from_text(story.post_id)])
        assert document.body == BODY.replace(NAME, COVER)
        (exported,) = exported_threads(with_samples=False)
        assert exported["replies"][0]["body"] == BODY.replace(NAME, COVER)
        # The text itself stays whole, for whoever decides.
        assert db.session.get_one(Post, ids.from_text(story.post_id)).source == BODY


def test_words_in_an_opening_post_are_covered_in_lists_too(app: Flask, writer: Writer) -> None:
    with clock.frozen(NIGHT):
        writer.vents(f"{NAME}と会わない日の話です。")
        for network in (1, 2):
            reports(app, writer.post_id, network, "identity", NAME)
        home = Reader(app).opens("/").text
    assert NAME not in home
    assert COVER in home


def test_two_of_one_network_cover_nothing(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        for _ in range(4):
            reports(app, story.post_id, 1, "identity", NAME)
        assert NAME in page_of(app, story.thread_id)
    assert rows(app) == {}


def test_flags_of_yesterday_do_not_count_since_nobody_can_tell_their_networks_apart(
    app: Flask, story: Writer
) -> None:
    with clock.frozen(NIGHT):
        reports(app, story.post_id, 1, "identity", NAME)
        hide(app, story.post_id, ("attack", "harsh"))
    with clock.frozen(NIGHT + timedelta(days=1)):
        reports(app, story.post_id, 1, "identity", NAME)
        reports(app, story.post_id, 2, "attack")
        assert BODY in page_of(app, story.thread_id)


def of_standing(app: Flask) -> Writer:
    person = Writer(app)
    for before in (3, 2):
        with clock.frozen(NIGHT - timedelta(days=before)):
            assert person.vents(f"べつの夜の話、{before}つめです。").status_code == 303
    return person


def test_one_with_standing_covers_alone_once_a_day(app: Flask, story: Writer, other: Writer) -> None:
    person = of_standing(app)
    with clock.frozen(NIGHT):
        other.vents(f"{NAME}のことを考えています。")
        reports(app, story.post_id, 1, "identity", NAME, person)
        assert BODY.replace(NAME, COVER) in page_of(app, story.thread_id)
        reports(app, other.post_id, 1, "identity", NAME, person)
        assert NAME in page_of(app, other.thread_id)
        # Where others marked the same words, a second one of theirs counts like anybody's.
        reports(app, other.post_id, 2, "identity", NAME)
        assert NAME not in page_of(app, other.thread_id)
    with clock.frozen(NIGHT + timedelta(days=1)):
        other.vents(f"{NAME}と、また会いました。")
        reports(app, other.post_id, 1, "identity", NAME, person)
        assert NAME not in page_of(app, other.thread_id)


def test_nobody_covers_a_whole_text_alone_and_two_can(app: Flask, story: Writer) -> None:
    person = of_standing(app)
    halves = "\n".join((BODY[:12], BODY[12:]))
    with clock.frozen(NIGHT):
        reports(app, story.post_id, 1, "identity", halves, person)
        assert BODY in page_of(app, story.thread_id)
        reports(app, story.post_id, 2, "identity", halves)
        assert BODY[:12] not in page_of(app, story.thread_id)


def test_a_letter_that_stands_everywhere_marks_nothing(app: Flask, writer: Writer) -> None:
    with clock.frozen(NIGHT):
        writer.vents("夜の台所の、窓の外の木の話。" * 60)
        page = reports(app, writer.post_id, 1, "identity", "の")
    assert page.status_code == 422
    assert "何度も出てくる言葉は" in page.text


def test_nobody_learns_covered_words_by_asking_for_them(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        for network in (1, 2):
            reports(app, story.post_id, network, "identity", NAME)
        assert NAME not in page_of(app, story.thread_id)
        for guess in (NAME, NAME[:2], f"、{NAME[0]}", "ミドリ"):
            page = reports(app, story.post_id, 3, "identity", guess)
            assert page.status_code == 422, guess
            assert "文のなかに見つからない言葉があります" in page.text
        assert reports(app, story.post_id, 3, "identity", "青い屋根").status_code == 200


def test_somebody_new_covers_nothing_alone(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        reports(app, story.post_id, 1, "identity", NAME)
        assert NAME in page_of(app, story.thread_id)


def test_a_standing_of_one_network_that_reported_already_does_not_count(app: Flask, story: Writer) -> None:
    person = of_standing(app)
    with clock.frozen(NIGHT):
        reports(app, story.post_id, 1, "harsh")
        reports(app, story.post_id, 1, "identity", NAME, person)
        assert NAME in page_of(app, story.thread_id)


def test_while_somebody_is_on_duty_flags_alone_do_nothing(app: Flask, story: Writer) -> None:
    person = of_standing(app)
    with clock.frozen(MORNING):
        reports(app, story.post_id, 5, "identity", NAME, person)
        for network in (6, 7):
            reports(app, story.post_id, network, "identity", NAME)
        hide(app, story.post_id)
        assert BODY in page_of(app, story.thread_id)
    assert rows(app) == {}
    assert timers(app) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("どこにもない言葉", "見つからない言葉"),
        (BODY * 2, "四十文字まで"),
        ("青い\n屋根\nの下\nハル\nお茶\n飲ん", "五つまで"),
    ],
)
def test_marks_that_cannot_be_meant_are_asked_about_and_kept(
    app: Flask, story: Writer, words: str, said: str
) -> None:
    with clock.frozen(NIGHT):
        answer = reports(app, story.post_id, 1, "identity", words)
    assert answer.status_code == 422
    assert said in answer.text
    assert words.splitlines()[-1] in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Flag)) == 0


def test_marks_beside_another_reason_mean_nothing(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        for network in (1, 2):
            assert reports(app, story.post_id, network, "other", "どこにもない言葉").status_code == 200
    with app.app_context():
        assert set(db.session.scalars(select(Flag.marks))) == {""}


@pytest.mark.parametrize(
    "reasons", [("attack",) * 3, ("solicitation",) * 3, ("harsh", "attack", "solicitation")]
)
def test_three_voices_hide_and_two_do_not(app: Flask, story: Writer, reasons: tuple[str, ...]) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id, reasons[:2])
        assert BODY in page_of(app, story.thread_id)
        answer = reports(app, story.post_id, 9, reasons[2])
        assert "見えなくしました" in answer.text.replace("<wbr>", "")
        page = page_of(app, story.thread_id)
    assert BODY not in page
    assert LOOKED_AT in page
    assert timers(app) == [interim.TIMER]
    assert interim.TIMER not in LEFT_OUT
    assert Timer.__tablename__ in LEFT_OUT  # a time never enters a backup


def test_five_voices_of_one_network_hide_nothing(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        for _ in range(5):
            reports(app, story.post_id, 1, "attack")
        reports(app, story.post_id, 2, "attack")
        assert BODY in page_of(app, story.thread_id)


def test_a_whole_story_that_is_hidden_says_so_and_one_that_never_was_does_not(
    app: Flask, writer: Writer
) -> None:
    with clock.frozen(NIGHT):
        writer.vents("夜の台所で、白湯を飲んでいます。")
        hide(app, writer.post_id)
        answer = Reader(app).opens(f"/t/{writer.thread_id}")
        unknown = Reader(app).opens(f"/t/{'A' * 22}")
        english = Reader(app).opens(f"/en/t/{writer.thread_id}")
    assert answer.status_code == unknown.status_code == english.status_code == 404
    assert "確認中" in answer.text
    assert "白湯" not in answer.text
    assert "確認中" not in unknown.text
    assert "Being looked at" in english.text


def test_a_life_in_danger_is_never_answered_by_hiding_it(app: Flask, story: Writer, other: Writer) -> None:
    with clock.frozen(NIGHT):
        for network in range(5):
            reports(app, story.post_id, network, "life")
        assert BODY in page_of(app, story.thread_id)
        # Nor by reports for another reason, once somebody fears for a life there.
        for network in range(5, 9):
            reports(app, story.post_id, network, "attack")
            reports(app, story.post_id, network + 5, "identity", NAME)
        assert BODY in page_of(app, story.thread_id)
    assert rows(app) == {}


def fire(app: Flask, at: datetime) -> None:
    with app.app_context(), clock.frozen(at):
        assert work.fire_timers() == 0


def test_what_nobody_decided_in_24_staffed_hours_comes_back_and_stays(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
    # Seven staffed hours a day: three whole days are 21, and three hours more end at noon of the fourth.
    back = datetime(2026, 12, 4, 12, 0, tzinfo=clock.BOARD_ZONE)
    fire(app, back - timedelta(minutes=1))
    assert status_of(app, story.post_id) == "hidden"
    fire(app, back)
    assert status_of(app, story.post_id) == "live"
    with clock.frozen(back + timedelta(hours=3)):
        assert BODY in page_of(app, story.thread_id)
        hide(app, story.post_id)  # three others: the clock's word stands until a moderator comes
        assert BODY in page_of(app, story.thread_id)
    with app.app_context():
        assert db.session.scalar(select(Case.state)) == "open"


def test_words_under_a_cover_do_not_come_back_by_the_clock(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        for network in (1, 2):
            reports(app, story.post_id, network, "identity", NAME)
    assert timers(app) == []
    fire(app, NIGHT + timedelta(days=30))
    assert "veil" in rows(app)


@pytest.fixture
def lead(app: Flask) -> Staff:
    return Staff(app, "まとめ役", role="lead")


def decide(app: Flask, desk: Staff, outcome: str, **fields: str) -> str:
    """Decide the one case, at ten in the morning; the page of the case as it was read."""
    (case_id,) = desk.cases()
    desk.takes(case_id)
    page = desk.opens(f"/m/c/{case_id}").text
    assert desk.decides(case_id, outcome, **fields).status_code == 303
    return page


def looks(app: Flask, post_id: str) -> tuple[str, str, str, str, int]:
    """Everything that readers see of a post."""
    with app.app_context():
        post = db.session.get_one(Post, ids.from_text(post_id))
        thread = db.session.get_one(Thread, post.thread_id)
        return post.status, post.html, post.source, thread.excerpt, thread.live_posts


@pytest.mark.parametrize("is_opening", [False, True])
def test_fine_undoes_a_cover_completely(app: Flask, story: Writer, lead: Staff, is_opening: bool) -> None:
    with clock.frozen(NIGHT):
        if is_opening:
            story.vents(f"{NAME}と会わない日の話です。")
        before = looks(app, story.post_id)
        for network in (1, 2):
            reports(app, story.post_id, network, "identity", NAME)
        assert looks(app, story.post_id) != before
    page = decide(app, lead, "fine")
    assert "知らせた人の印の言葉だけを伏せてあります" in page
    assert f"<mark>{NAME}" in page
    assert looks(app, story.post_id) == before
    leaves_nothing(app)


@pytest.mark.parametrize("is_opening", [False, True])
def test_fine_undoes_a_hiding_completely(app: Flask, story: Writer, lead: Staff, is_opening: bool) -> None:
    with clock.frozen(NIGHT):
        if is_opening:
            story.vents("静かな夜の話です。")
        before = looks(app, story.post_id)
        hide(app, story.post_id)
        assert looks(app, story.post_id) != before
    page = decide(app, lead, "fine")
    assert "確認中として見えなくしてあります" in page
    assert looks(app, story.post_id) == before
    leaves_nothing(app)


def leaves_nothing(app: Flask) -> None:
    assert rows(app) == {}
    assert timers(app) == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
        assert audit.verify(db.session(), runtime().keys.audit).holds


def test_after_fine_more_flags_do_nothing(app: Flask, story: Writer, lead: Staff) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
    decide(app, lead, "fine")
    with clock.frozen(NIGHT + timedelta(hours=12)):
        for network in range(20, 24):
            reports(app, story.post_id, network, "attack")
        assert BODY in page_of(app, story.thread_id)


def test_what_a_moderator_hides_after_the_flags_did_does_not_come_back_by_the_clock(
    app: Flask, story: Writer, lead: Staff
) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
    decide(app, lead, "hide", rule="3")
    fire(app, NIGHT + timedelta(days=30))
    assert status_of(app, story.post_id) == "hidden"
    assert rows(app) == {}


def test_a_moderators_mask_takes_the_place_of_the_cover(app: Flask, story: Writer, lead: Staff) -> None:
    with clock.frozen(NIGHT):
        for network in (1, 2):
            reports(app, story.post_id, network, "identity", NAME)
    decide(app, lead, "mask", rule="1", words="お茶")  # and the name, which the reader's mark had pointed at
    page = page_of(app, story.thread_id)
    assert BODY.replace("お茶", "〇〇").replace(NAME, "〇〇") in page
    assert COVER not in page


def test_the_writer_may_edit_and_cut_and_the_cover_goes_with_the_words(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        for network in (1, 2):
            reports(app, story.post_id, network, "identity", NAME)
        answer = story.sends(f"/p/{story.post_id}/e", body=f"あの{NAME}と、となりの席です。")
        assert answer.status_code == 303
        page = page_of(app, story.thread_id)
        assert f"あの{COVER}と、となりの席です。" in page
        assert NAME not in page
        assert story.sends(f"/p/{story.post_id}/e", body="あの人と、となりの席です。").status_code == 303
        assert "あの人と、となりの席です。" in page_of(app, story.thread_id)
    assert rows(app) == {}


def test_a_post_its_writer_takes_away_meanwhile_does_not_come_back(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
        assert story.sends(f"/p/{story.post_id}/d").status_code == 200
    assert rows(app) == {}
    fire(app, NIGHT + timedelta(days=30))
    assert status_of(app, story.post_id) == "deleted"


def test_a_hidden_post_with_a_new_text_that_needs_a_reader_is_not_shown_by_the_clock(
    app: Flask, story: Writer
) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
        with app.app_context():
            begin_writing()
            state.calm(True)
            db.session.commit()
        assert story.sends(f"/p/{story.post_id}/e", body="書きなおしました。").status_code == 303
    assert rows(app) == {}
    fire(app, NIGHT + timedelta(days=30))
    assert status_of(app, story.post_id) == "hidden"


def test_rendering_again_leaves_covered_words_covered(app: Flask, story: Writer, instance: Path) -> None:
    with clock.frozen(NIGHT):
        for network in (1, 2):
            reports(app, story.post_id, network, "identity", NAME)
    with app.app_context():
        begin_writing()
        db.session.execute(db.update(Post).values(render_version=0))
        db.session.commit()
    environ = {"FORUM_INSTANCE": str(instance), "FORUM_SEARCH": "memory"}
    printed = CliRunner(env=environ).invoke(cli, ["rerender"], prog_name="forum").output
    assert printed == "2 posts rendered again\n"
    assert NAME not in page_of(app, story.thread_id)


def test_the_record_says_that_the_board_did_it_and_names_nobody(app: Flask, story: Writer) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
    with app.app_context():
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("flags%")))
        assert (entry.action, entry.role, entry.actor_id, entry.reason) == ("flags_hidden", "board", None, "")


def test_after_a_restore_what_is_hidden_waits_anew_and_comes_back_all_the_same(
    app: Flask, story: Writer
) -> None:
    with clock.frozen(NIGHT):
        hide(app, story.post_id)
    later = NIGHT + timedelta(days=5)
    with app.app_context(), clock.frozen(later):
        begin_writing()
        db.session.execute(db.delete(Timer))
        interim.set_timers_again(hours())
        db.session.commit()
    fire(app, later)
    assert status_of(app, story.post_id) == "hidden"
    fire(app, later + timedelta(days=4))
    assert status_of(app, story.post_id) == "live"


def hours() -> duty.StaffedHours:
    return duty.parse("09:00-12:00,20:00-24:00")


# --- PostgreSQL: those who press at the same moment -----------------------------------------------------------------


def flag_at_night(scene: Scene, hand: bytes) -> None:
    post = db.session.get_one(Post, scene.reply_id)
    made = flags.flag_post(
        post=post, participant=db.session.get_one(Participant, hand), reason="attack", hour=1
    )
    interim.after_flag(made, hours=hours(), is_trusted=False, audit_key=runtime().keys.audit)


def decide_fine(scene: Scene) -> None:
    case = db.session.scalars(select(Case).where(Case.target_id == scene.reply_id)).one()
    decide_at_once(
        case_id=case.id,
        version=case.version,
        revision=1,
        moderator=db.session.scalars(select(Moderator)).one(),
        outcome="fine",
        audit_key=runtime().keys.audit,
    )


def at_once(app: Flask, *acts: Callable[[], object]) -> None:
    start = Barrier(len(acts), timeout=60)

    def one(act: Callable[[], object]) -> None:
        with app.app_context(), clock.frozen(NIGHT):
            start.wait()
            begin_writing()
            try:
                act()
                db.session.commit()
            except flags.errors.ForumError:
                db.session.rollback()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(one, act) for act in acts]:
            done.result()


@pytest.mark.postgres
@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_many_who_report_at_the_same_moment_hide_it_once(on: str, request: pytest.FixtureRequest) -> None:
    app: Flask = request.getfixturevalue("app" if on == "sqlite" else "postgres_app")
    scene = set_scene(app)
    hands = add_hands(app, scene.thread_id, 6)
    at_once(app, *(lambda hand=hand: flag_at_night(scene, hand) for hand in hands))  # type: ignore[misc]
    with app.app_context():
        assert db.session.get_one(Post, scene.reply_id).status == "hidden"
        assert db.session.get_one(Thread, scene.thread_id).live_posts == 1
        assert db.session.scalar(select(func.count()).select_from(Interim)) == 1
        acts = select(func.count()).where(AuditEntry.action == "flags_hidden")
        assert db.session.scalar(acts) == 1
        assert audit.verify(db.session(), runtime().keys.audit).holds


@pytest.mark.postgres
@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_a_decision_the_clock_and_a_flag_at_once_leave_the_post_as_decided(
    on: str, request: pytest.FixtureRequest
) -> None:
    app: Flask = request.getfixturevalue("app" if on == "sqlite" else "postgres_app")
    scene = set_scene(app)
    add(app, "アオ")
    hands = add_hands(app, scene.thread_id, 5)
    with app.app_context(), clock.frozen(NIGHT):
        for hand in hands[:3]:
            begin_writing()
            flag_at_night(scene, hand)
            db.session.commit()
        assert db.session.get_one(Post, scene.reply_id).status == "hidden"

    def clock_comes() -> None:
        lifecycle.stand_in_line(scene.thread_id)
        interim.give_back(db.session.get_one(Post, scene.reply_id))

    at_once(app, lambda: decide_fine(scene), clock_comes, lambda: flag_at_night(scene, hands[3]))
    with app.app_context():
        assert db.session.get_one(Post, scene.reply_id).status == "live"
        assert db.session.get_one(Thread, scene.thread_id).live_posts == 2


def test_everybody_is_told_when_somebody_reads_and_what_happens_meanwhile(reader: Reader) -> None:
    page = reader.opens("/about").text
    assert "9:00–12:00、20:00–24:00" in page
    assert "確認中" in page
    assert "9:00–12:00, 20:00–24:00" in reader.opens("/en/about").text
