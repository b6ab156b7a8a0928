"""The screen of the desk: from one case to the next, what somebody leaves to others, and what changed meanwhile."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.models import Aside, AuditEntry, Case, Moderator, Post, Theme, Timer
from forum.moderation import asides, flags, lifecycle
from forum.moderation import staff as people
from forum.runtime import runtime
from forum.web import desk_list, desk_room
from tests.actors import fields_of, let_pass
from tests.integration.moderation.scenes import (
    BODY,
    Desk,
    Scene,
    add_hands,
    case_now,
    csrf_of,
    decision_fields,
    open_one,
    set_scene,
)

NEXT = "/m/next"


def cases_of(app: Flask, *lanes: int) -> list[str]:
    """A case in each of these lanes, each about another story."""
    return [open_one(app, set_scene(app).reply_id, lane=lane) for lane in lanes]


def begins(desk: Desk) -> TestResponse:
    return desk.browser.post(NEXT, data={"csrf_token": csrf_of(desk.browser.get("/m/").text)})


def leaves(desk: Desk, **choices: object) -> TestResponse:
    form = fields_of(desk.browser.get("/m/me").text, "/m/me")
    return desk.browser.post("/m/me", data={"csrf_token": form["csrf_token"]} | choices)


def actor_of(app: Flask, name: str) -> bytes:
    with app.app_context():
        return db.session.scalars(select(Moderator.id).where(Moderator.name == name)).one()


def views(app: Flask, name: str) -> list[str]:
    with app.app_context():
        query = select(AuditEntry.case_id).where(AuditEntry.action == "view").order_by(AuditEntry.number)
        query = query.where(AuditEntry.actor_id == actor_of(app, name))
        return [ids.to_text(case_id) for case_id in db.session.scalars(query) if case_id]


# -- from one case to the next


def test_the_first_button_begins_with_the_most_urgent_case_and_records_the_view(
    app: Flask, desk: Desk
) -> None:
    late, urgent = cases_of(app, 4, 2)
    assert begins(desk).location == f"/m/c/{urgent}"
    assert views(app, desk.name) == [urgent]
    assert BODY in re.sub(r"<[^>]*>", "", desk.browser.get(f"/m/c/{urgent}").text)
    assert case_now(app, late).state == "open"


def test_deciding_leads_to_the_next_case_already_taken_with_the_last_press_to_take_back(
    app: Flask, desk: Desk
) -> None:
    first, second = cases_of(app, 2, 3)
    answer = desk.presses(first, desk.opens(first), outcome="fine", act="next")
    assert answer.location == f"/m/c/{second}"
    assert views(app, desk.name) == [first, second]
    page = desk.browser.get(f"/m/c/{second}").text
    assert "「このままでよい」と決めました。" in page
    assert f'action="/m/c/{first}/undo"' in page
    assert 'name="outcome"' in page
    undone = desk.browser.post(f"/m/c/{first}/undo", data={"csrf_token": csrf_of(page)})
    assert undone.location == f"/m/c/{first}"
    assert case_now(app, first).state == "leased"


def test_after_its_seconds_a_press_is_not_offered_any_more(app: Flask, desk: Desk) -> None:
    first, second = cases_of(app, 2, 3)
    desk.presses(first, desk.opens(first), outcome="fine", act="next")
    let_pass(app)
    assert "/undo" not in desk.browser.get(f"/m/c/{second}").text


def test_of_two_presses_the_last_is_the_one_to_take_back(app: Flask, desk: Desk) -> None:
    first, second, third = cases_of(app, 5, 4, 3)
    with clock.frozen(clock.now()):
        desk.presses(second, desk.opens(second), outcome="fine")
        with clock.frozen(clock.now() + timedelta(seconds=3)):
            desk.presses(first, desk.opens(first), outcome="fine", act="next")
            assert f'action="/m/c/{first}/undo"' in desk.browser.get(f"/m/c/{third}").text
            listed = desk.browser.get("/m/").text
    assert re.search(rf'/m/c/{first}/undo">.*?data-key="u"', listed)
    assert listed.count('data-key="u"') == 1


def test_the_other_button_leads_to_the_list_as_before(app: Flask, desk: Desk) -> None:
    first, second = cases_of(app, 2, 3)
    answer = desk.presses(first, desk.opens(first), outcome="fine", act="decide")
    assert answer.location == "/m/"
    assert case_now(app, second).state == "open"


def test_next_takes_nothing_out_of_anybodys_hands(app: Flask, desk: Desk) -> None:
    first, second = cases_of(app, 2, 3)
    Desk(app, "ミドリ").opens(first)
    assert begins(desk).location == f"/m/c/{second}"
    assert case_now(app, first).leased_by == actor_of(app, "ミドリ")


def test_what_another_takes_in_the_same_moment_is_passed_over(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = cases_of(app, 2, 3)
    token = csrf_of(desk.browser.get("/m/").text)
    Desk(app, "ミドリ").opens(first)
    everything = [ids.from_text(first), ids.from_text(second)]
    monkeypatch.setattr(desk_list, "waiting_for", lambda _moderator: everything)
    answer = desk.browser.post(NEXT, data={"csrf_token": token})
    assert answer.location == f"/m/c/{second}"
    assert case_now(app, first).leased_by == actor_of(app, "ミドリ")


def test_a_case_that_is_left_for_the_next_one_does_not_come_back_at_once(app: Flask, desk: Desk) -> None:
    first, second = cases_of(app, 2, 3)
    lead = Desk(app, "ミドリ")
    # Whoever leads decides what was left to them; the others read it, and go on.
    with app.app_context():
        db.session.get_one(Case, ids.from_text(second)).state = "escalated"
        db.session.get_one(Moderator, actor_of(app, "ミドリ")).role = "lead"
        db.session.commit()
    page = desk.opens(second).text
    assert "次の案件へ" in page
    answer = desk.browser.post(NEXT, data=fields_of(page, NEXT))
    assert answer.location == f"/m/c/{first}"
    assert begins(lead).location != f"/m/c/{first}"
    own = begins(desk).location
    assert own == f"/m/c/{first}", "what one reads already is one's next"
    left = desk.browser.post(NEXT, data={"csrf_token": csrf_of(page), "but": first})
    assert left.location == "/m/"


def test_next_leads_nobody_to_what_they_may_not_decide(app: Flask, desk: Desk) -> None:
    for_lead, for_all = cases_of(app, 2, 3)
    with app.app_context():
        db.session.get_one(Case, ids.from_text(for_lead)).state = "escalated"
        db.session.commit()
    assert begins(desk).location == f"/m/c/{for_all}"
    lead = Desk(app, "ミドリ")
    with app.app_context():
        db.session.get_one(Moderator, actor_of(app, "ミドリ")).role = "lead"
        db.session.commit()
    assert begins(lead).location == f"/m/c/{for_lead}"


def test_when_nothing_is_left_the_list_says_something_kind(app: Flask, desk: Desk) -> None:
    assert begins(desk).location == "/m/"
    assert "来てくださって、ありがとうございます。" in desk.browser.get("/m/").text
    (only,) = cases_of(app, 2)
    answer = desk.presses(only, desk.opens(only), outcome="fine", act="next")
    assert answer.location == "/m/"
    page = desk.browser.get("/m/").text
    assert "いま待つ案件は、これで終わりです。" in page
    assert f"/m/c/{only}/undo" in page


# -- what somebody leaves to others


def test_a_lane_left_to_others_is_neither_listed_nor_next_for_oneself_and_is_for_others(
    app: Flask, desk: Desk
) -> None:
    heavy, light = cases_of(app, 1, 4)
    assert leaves(desk, lanes="1").location == "/m/"
    page = desk.browser.get("/m/").text
    assert heavy not in page
    assert "まかせている列です。" in page
    assert begins(desk).location == f"/m/c/{light}"
    other = Desk(app, "ミドリ")
    assert heavy in other.browser.get("/m/").text
    assert begins(other).location == f"/m/c/{heavy}"


def test_a_lane_that_everybody_leaves_is_told_to_whoever_leads_and_to_nobody_else(
    app: Flask, desk: Desk
) -> None:
    lead = Desk(app, "ミドリ")
    with app.app_context():
        db.session.get_one(Moderator, actor_of(app, "ミドリ")).role = "lead"
        db.session.commit()
    leaves(desk, lanes="1")
    said = "みんなが読まないことにしている列"
    assert said not in lead.browser.get("/m/").text
    leaves(lead, lanes=["1", "4"])
    page = lead.browser.get("/m/").text
    assert f"{said}があります：① 命の心配<" in page
    assert said not in desk.browser.get("/m/").text


def test_somebody_without_a_way_in_reads_no_lane(app: Flask, desk: Desk) -> None:
    with app.app_context():
        begin_writing()
        people.add_moderator(name="これから来る人", role="moderator", keys=runtime().keys)
        db.session.commit()
    leaves(desk, lanes="3")
    with app.app_context():
        assert asides.lanes_without_reader() == [3]


def test_what_was_set_aside_goes_with_whoever_leaves(app: Flask, desk: Desk) -> None:
    leaves(desk, lanes="3", keys="y")
    with app.app_context():
        begin_writing()
        assert len(db.session.scalars(select(Aside)).all()) == 2
        moderator = db.session.get_one(Moderator, actor_of(app, desk.name))
        people.leave(moderator=moderator, keys=runtime().keys)
        db.session.commit()
        assert db.session.scalars(select(Aside)).all() == []


def test_the_page_of_ones_own_desk_comes_back_as_it_was_left(app: Flask, desk: Desk) -> None:
    leaves(desk, lanes=["2", "5"], themes="r3", keys="y")
    page = desk.browser.get("/m/me").text
    ticked = re.findall(r'name="(\w+)" value="(\w+)" checked', page)
    assert ticked == [("lanes", "2"), ("lanes", "5"), ("themes", "r3"), ("keys", "y")]
    assert leaves(desk, lanes="77").status_code == 422
    leaves(desk)
    assert "checked" not in desk.browser.get("/m/me").text


def test_without_keys_of_one_letter_the_page_says_so(app: Flask, desk: Desk) -> None:
    assert "data-keys" in desk.browser.get("/m/").text
    leaves(desk, keys="y")
    page = desk.browser.get("/m/").text
    assert "data-keys" not in page
    assert "使わないことにしています" in page


# -- heavy texts


@pytest.mark.parametrize(("lane", "is_folded"), [(1, True), (2, False)])
def test_texts_of_the_first_lane_open_folded(
    app: Flask, desk: Desk, scene: Scene, lane: int, is_folded: bool
) -> None:
    page = desk.opens(open_one(app, scene.reply_id, lane=lane)).text
    assert ("読む用意ができたら開く" in page) is is_folded


def test_texts_of_a_chosen_room_open_folded(app: Flask, desk: Desk, scene: Scene) -> None:
    with app.app_context():
        room = db.session.scalars(select(Theme.code).order_by(Theme.position)).first()
    leaves(desk, themes=room)
    case_id = open_one(app, scene.reply_id, lane=2)
    page = desk.opens(case_id)
    before, after = page.text.split("読む用意ができたら開く")
    assert BODY in after
    assert BODY not in before
    # Whoever had typed has read: it does not close over their eyes.
    again = desk.presses(case_id, page, note_team="相談したい", act="stay").text
    assert '<details class="fold" open>' in again


def test_after_some_heavy_texts_a_pause_is_offered_and_nothing_closes(app: Flask, desk: Desk) -> None:
    heavy = cases_of(app, *[1] * (desk_room.HEAVY_BEFORE_A_BREAK + 1))
    pages = [desk.opens(case_id).text for case_id in heavy]
    offered = ["少し離れても" in page for page in pages]
    assert offered == [number == desk_room.HEAVY_BEFORE_A_BREAK for number in range(1, len(pages) + 1)]
    assert 'name="outcome"' in pages[desk_room.HEAVY_BEFORE_A_BREAK - 1]
    assert "少し離れても" in desk.browser.get("/m/").text


# -- marks


def test_each_mark_leads_to_its_reason_and_back_in_the_title_too(app: Flask, desk: Desk) -> None:
    scene = set_scene(app, title="波止ノ沢の診療所で")
    findings = [
        {"label": "personal_info", "field": field, "spans": [[start, start + 4]], "rule": rule}
        for field, start, rule in (("title", 0, "street_address"), ("body", 2, "own_named_place"))
    ]
    page = desk.opens(open_one(app, scene.opening_id, findings=findings)).text
    for number, words in ((1, "波止ノ沢"), (2, "めの投稿")):
        assert f'<mark>{words}<sup><a id="mark-{number}" href="#why-{number}"' in page
        assert f'<li id="why-{number}"><a class="back" href="#mark-{number}"' in page


def test_a_mark_over_two_lines_has_one_name(app: Flask, desk: Desk) -> None:
    scene = set_scene(app, body="波止ノ沢\n診療所")
    found = {"label": "personal_info", "field": "body", "spans": [[0, 8]], "rule": "street_address"}
    page = desk.opens(open_one(app, scene.reply_id, findings=[found])).text
    assert page.count('id="mark-1"') == 1
    assert page.count('href="#why-1"') == 2


# -- what changed meanwhile


def asks(desk: Desk, page: TestResponse | str, **headers: str) -> TestResponse:
    """What the script of an open page asks."""
    html = page if isinstance(page, str) else page.text
    found = re.search(r'data-live="([^"]+)"', html)
    assert found
    return desk.browser.get(found[1], headers=headers)


def test_while_nothing_changes_there_is_nothing_to_say(app: Flask, desk: Desk, scene: Scene) -> None:
    page = desk.opens(open_one(app, scene.reply_id))
    for one in (page, desk.browser.get("/m/")):
        answer = asks(desk, one)
        assert (answer.status_code, answer.data) == (204, b"")


def test_another_who_takes_over_and_decides_is_told_in_a_sentence(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id, other = open_one(app, scene.reply_id), Desk(app, "ミドリ")
    page = desk.opens(case_id)
    theirs = other.opens(case_id)
    assert asks(desk, page).json["said"] == "ミドリさんが引き継いで読んでいます。"
    other.presses(case_id, theirs, outcome="fine")
    assert asks(desk, page).json["said"] == "ミドリさんが先に「このままでよい」と決めました。"
    let_pass(app)
    assert asks(desk, page).json["said"] == "ミドリさんが先に「このままでよい」と決めました。"
    now = asks(desk, page).json["v"]
    assert desk.browser.get(f"/m/c/{case_id}/now?v={now}").status_code == 204


def test_a_changed_text_and_new_flags_are_told(app: Flask, desk: Desk, scene: Scene) -> None:
    page = desk.opens(open_one(app, scene.reply_id))
    hand = add_hands(app, scene.thread_id, 1)[0]
    with app.app_context():
        begin_writing()
        flags.flag_post(
            post=db.session.get_one(Post, scene.reply_id),
            participant=db.session.get_one(flags.Participant, hand),
            reason="other",
            note="となりの人のことです。",
            hour=1,
        )
        db.session.commit()
    answer = asks(desk, page)
    assert answer.json["said"] == "新しい知らせが1件届きました。"
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        lifecycle.revise(post, source="書きなおしました。", html="<p>書きなおしました。</p>")
        db.session.commit()
    changed = asks(desk, page)
    assert changed.json["said"] == "書いた人が文を直しました。"
    for said in (answer.text, changed.text):
        told = json.dumps(json.loads(said), ensure_ascii=False)
        assert set(json.loads(said)) == {"v", "said"}
        assert not any(
            words in told for words in ("となりの人", "波止ノ沢", "書きなおしました", "会わない日")
        )


def test_asking_renews_neither_the_lease_nor_the_session_and_records_nothing(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    page, begun = desk.opens(open_one(app, scene.reply_id)), clock.now()
    listed = desk.browser.get("/m/").text
    with app.app_context():
        due = db.session.scalars(select(Timer.due).where(Timer.kind == "lease")).one()
        entries = len(db.session.scalars(select(AuditEntry)).all())
    for minute in (9, 30, 54):  # being here is noted up to five minutes late
        with clock.frozen(begun + timedelta(minutes=minute)):
            for one in (page, listed):
                for mode in ({"Sec-Fetch-Mode": "cors"}, {}):  # an old browser says nothing of how it asks
                    answer = asks(desk, one, **mode)
                    assert answer.status_code in {200, 204}
                    assert "Set-Cookie" not in answer.headers
    with clock.frozen(begun + timedelta(minutes=61)):
        assert asks(desk, page).location == "/m/login"
    with app.app_context():
        assert db.session.scalars(select(Timer.due).where(Timer.kind == "lease")).one() == due
        assert len(db.session.scalars(select(AuditEntry)).all()) == entries


def test_a_lease_that_ran_out_is_told_to_who_had_it(app: Flask, desk: Desk, scene: Scene) -> None:
    page = desk.opens(open_one(app, scene.reply_id))
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert asks(desk, page).json["said"].startswith("十分たったので")


def test_the_list_tells_that_it_changed_and_nothing_else(app: Flask, desk: Desk) -> None:
    page = desk.browser.get("/m/").text
    (case_id,) = cases_of(app, 3)
    answer = asks(desk, page)
    assert set(answer.json) == {"v"}
    assert re.fullmatch(r"[0-9a-f]{16}", answer.json["v"])
    page = desk.browser.get("/m/").text
    Desk(app, "ミドリ").opens(case_id)
    assert asks(desk, page).status_code == 200


def test_what_a_page_says_it_has_seen_is_not_believed(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    desk.opens(case_id)
    for seen in ("", "1.2", "a.b.c.d", "9" * 40 + ".1.1.1", "１.１.１.１", "<b>"):
        answer = desk.browser.get(f"/m/c/{case_id}/now", query_string={"v": seen})
        assert answer.json["said"] == "この案件に、新しいことが加わりました。"


def test_looking_again_keeps_what_was_typed_and_decides_upon_what_stands_now(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        lifecycle.revise(post, source="書きなおしました。", html="<p>書きなおしました。</p>")
        db.session.commit()
    again = desk.presses(case_id, page, note_author="読みました。", outcome="fine", act="stay")
    assert "書きなおしました。" in again.text
    assert decision_fields(again.text)["note_author"] == "読みました。"
    assert desk.presses(case_id, again, outcome="fine", act="next").status_code == 303


def test_asking_too_often_is_slowed_as_every_press_is(make_app: Callable[..., Flask]) -> None:
    desk = Desk(make_app(limit_desk="5 per minute"))
    page = desk.browser.get("/m/").text
    assert [asks(desk, page).status_code for _time in range(6)] == [204] * 5 + [429]


@pytest.mark.postgres
def test_the_way_from_case_to_case_goes_on_postgresql_too(postgres_app: Flask) -> None:
    desk = Desk(postgres_app)
    first, second = cases_of(postgres_app, 2, 3)
    page = desk.opens(first)
    listed = desk.browser.get("/m/").text
    answer = desk.presses(first, page, outcome="fine", act="next")
    assert answer.location == f"/m/c/{second}"
    assert f"/m/c/{first}/undo" in desk.browser.get(f"/m/c/{second}").text
    assert asks(desk, page).status_code == 200
    assert asks(desk, listed).status_code == 200
    leaves(desk, lanes="3", themes="r3")
    with postgres_app.app_context():
        assert asides.lanes_without_reader() == [3]
