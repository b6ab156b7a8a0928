"""Several cases read on one page and decided with one press: each still by itself, and all taken back with one press."""

import re
from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, Ban, Case, Decision, Notice, Post, Thread, Timer
from forum.moderation import audit, cases, echoes, lifecycle, second
from forum.runtime import runtime
from tests.actors import fields_of, let_pass
from tests.integration.moderation.scenes import (
    PASSWORD,
    Desk,
    Scene,
    case_now,
    code_for,
    csrf_of,
    open_one,
    post_now,
    set_scene,
)

COPY = (
    "夜に三時間だけ働いて、来月から十万円の副収入になりました。詳しいことを知りたい人に、ここで説明します。"
)


def some_open(app: Flask, count: int, *, lane: int = 4) -> tuple[list[Scene], list[str]]:
    scenes = [set_scene(app) for _number in range(count)]
    return scenes, [open_one(app, scene.reply_id, lane=lane) for scene in scenes]


def ticks(desk: Desk, case_ids: Iterable[str]) -> TestResponse:
    """Tick these in the list, press, and read the page."""
    token = csrf_of(desk.browser.get("/m/").text)
    answer = desk.browser.post("/m/bulk/open", data={"csrf_token": token, "case": list(case_ids)})
    assert answer.status_code == 303, answer.text
    return desk.browser.get(answer.location)


def boxes_of(html: str) -> list[str]:
    return re.findall(r'name="case" value="([\w.-]+)" checked', html)


def filled(page: TestResponse, **fields: object) -> MultiDict[str, object]:
    """What a browser sends of that page's form: every box and every field, with these instead."""
    sent: MultiDict[str, object] = MultiDict(fields_of(page.text, "/m/bulk"))
    sent.setlist("case", boxes_of(page.text))
    sent.setlist("shown", re.findall(r'name="shown" value="([\w-]+)"', page.text))
    for name, value in fields.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def presses(desk: Desk, page: TestResponse, **fields: object) -> TestResponse:
    return desk.browser.post("/m/bulk", data=filled(page, **fields))


def acts_of(app: Flask, action: str) -> list[str]:
    with app.app_context():
        found = db.session.scalars(select(AuditEntry.case_id).where(AuditEntry.action == action))
        return sorted(ids.to_text(case_id) for case_id in found if case_id)


def holds(app: Flask) -> bool:
    with app.app_context():
        return audit.verify(db.session(), runtime().keys.audit).holds


def test_only_lanes_three_to_five_have_boxes(app: Flask, desk: Desk) -> None:
    by_lane = {lane: some_open(app, 1, lane=lane)[1][0] for lane in (1, 2, 3, 4, 5)}
    page = desk.browser.get("/m/").text
    with_box = set(re.findall(r'name="case" value="([\w-]{22})" form="bulk"', page))
    assert with_box == {by_lane[lane] for lane in (3, 4, 5)}
    assert '<form id="bulk" method="post" action="/m/bulk/open">' in page


def test_each_view_is_on_record_and_the_page_shows_each_text_with_its_reasons(app: Flask, desk: Desk) -> None:
    long = "さいしょの行です。\n" + "まだつづく話です。" * 40
    scenes = [set_scene(app), set_scene(app, body=long)]
    finding = {"label": "echo", "sub": "", "severity": 2, "field": "body", "spans": [], "rule": "echo"}
    case_ids = [open_one(app, scene.reply_id, lane=4, findings=(finding,)) for scene in scenes]
    page = ticks(desk, case_ids)
    assert acts_of(app, "view") == sorted(case_ids)
    assert all(case_now(app, case_id).state == "leased" for case_id in case_ids)
    assert "波止ノ沢" in page.text
    assert page.text.count("ほとんど同じ文が、ほかの話にもあります") == 2
    assert page.text.count("知らせは届いていません。") == 2
    assert page.text.count('<details class="fold">') == 1  # the long one
    assert len(boxes_of(page.text)) == 2
    outcomes = re.findall(r'name="outcome" value="(\w+)"', page.text)
    assert outcomes == ["fine", "fold", "hide", "remove", "lock"]  # no mask: its places differ
    other = Desk(app, "ミドリ")
    assert "波止ノ沢" not in other.browser.get(page.request.full_path).text


def test_one_press_decides_all_each_by_itself_and_tells_each_author(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 3)
    answer = presses(desk, ticks(desk, case_ids), outcome="hide", rule="4", note_author="読みました。")
    assert answer.status_code == 303
    assert acts_of(app, "decided") == sorted(case_ids)
    assert all(post_now(app, scene.reply_id).status == "live" for scene in scenes)
    let_pass(app)
    assert all(post_now(app, scene.reply_id).status == "hidden" for scene in scenes)
    assert all(case_now(app, case_id).state == "settled" for case_id in case_ids)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 3
        assert db.session.scalar(select(func.count()).select_from(Decision)) == 3
    assert holds(app)


def test_what_was_unticked_is_left_as_it_is(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 3)
    page = ticks(desk, case_ids)
    boxes = [box for box in boxes_of(page.text) if not box.startswith(case_ids[1])]
    assert presses(desk, page, outcome="hide", case=boxes).status_code == 303
    let_pass(app)
    assert [post_now(app, scene.reply_id).status for scene in scenes] == ["hidden", "live", "hidden"]
    assert case_now(app, case_ids[1]).state == "leased"


def test_one_that_changed_meanwhile_stays_and_is_named_and_the_others_are_decided(
    app: Flask, desk: Desk
) -> None:
    scenes, case_ids = some_open(app, 4)
    page = ticks(desk, case_ids)
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, scenes[0].reply_id), source="書きなおした文です。")
        db.session.commit()
    other = Desk(app, "ミドリ")
    other.presses(case_ids[1], other.opens(case_ids[1]), outcome="fine")
    answer = presses(
        desk, page, outcome="hide", rule="3", note_author="長く考えた言葉です。", note_team="仲間へ"
    )
    assert answer.status_code == 409
    assert "2件を決めました" in answer.text
    assert "2件は、そのあいだに様子が変わった" in answer.text
    assert "書いた人が文を直しました" in answer.text
    assert "ミドリさんが先に「このままでよい」と決めました。" in answer.text
    assert "長く考えた言葉です。" in answer.text
    assert 'value="仲間へ"' in answer.text
    assert "書きなおした文です。" in answer.text
    assert case_ids[2] not in re.findall(r'name="shown" value="([\w-]+)"', answer.text)
    assert boxes_of(answer.text) == []  # read again before it is ticked again
    let_pass(app)
    assert [post_now(app, scene.reply_id).status for scene in scenes] == ["live", "live", "hidden", "hidden"]
    # The one that was changed can be ticked and decided now, with what was typed.
    box = re.findall(r'name="case" value="([\w.-]+)"(?! form)', answer.text)
    mine = [one for one in box if one.startswith(case_ids[0]) and "." in one]
    assert presses(desk, answer, case=mine).status_code == 303
    let_pass(app)
    assert post_now(app, scenes[0].reply_id).status == "hidden"
    assert holds(app)


def test_a_lot_is_taken_back_with_one_press_and_its_words_come_back(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 3)
    presses(desk, ticks(desk, case_ids), outcome="remove", rule="4", note_author="それぞれへの言葉。")
    page = desk.browser.get("/m/").text
    assert "3件をまとめて" in page
    part = page[page.index('action="/m/bulk/undo"') :]
    sent = {"csrf_token": csrf_of(page), "case": re.findall(r'name="case" value="([\w-]{22})"', part)[:3]}
    assert sorted(sent["case"]) == sorted(case_ids)
    answer = desk.browser.post("/m/bulk/undo", data=sent)
    assert answer.status_code == 303
    back = desk.browser.get(answer.location).text
    assert "それぞれへの言葉。" in back
    assert len(boxes_of(back)) == 3  # read on at once
    let_pass(app)
    assert all(post_now(app, scene.reply_id).status == "live" for scene in scenes)
    assert acts_of(app, "undone") == sorted(case_ids)
    assert holds(app)


def test_one_of_a_lot_can_be_taken_back_alone_and_a_lot_that_took_effect_not_at_all(
    app: Flask, desk: Desk
) -> None:
    scenes, case_ids = some_open(app, 3)
    presses(desk, ticks(desk, case_ids), outcome="hide")
    token = csrf_of(desk.browser.get("/m/").text)
    assert desk.browser.post(f"/m/c/{case_ids[0]}/undo", data={"csrf_token": token}).status_code == 303
    let_pass(app)
    assert [post_now(app, scene.reply_id).status for scene in scenes] == ["live", "hidden", "hidden"]
    late = desk.browser.post("/m/bulk/undo", data={"csrf_token": token, "case": case_ids})
    assert "もう取り消せません" in desk.browser.get(late.location).text
    assert post_now(app, scenes[1].reply_id).status == "hidden"


def test_nobody_takes_back_what_another_pressed(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 2)
    presses(desk, ticks(desk, case_ids), outcome="hide")
    other = Desk(app, "ミドリ")
    token = csrf_of(other.browser.get("/m/").text)
    other.browser.post("/m/bulk/undo", data={"csrf_token": token, "case": case_ids})
    let_pass(app)
    assert all(post_now(app, scene.reply_id).status == "hidden" for scene in scenes)


def test_decisions_of_two_presses_are_two_lots(app: Flask, desk: Desk) -> None:
    _scenes, first = some_open(app, 2)
    _scenes, later = some_open(app, 2)
    presses(desk, ticks(desk, first), outcome="hide")
    presses(desk, ticks(desk, later), outcome="fine")
    assert desk.browser.get("/m/").text.count('action="/m/bulk/undo"') == 2


@pytest.mark.parametrize("lane", [1, 2])
def test_lanes_one_and_two_are_refused_on_the_server(app: Flask, desk: Desk, lane: int) -> None:
    (scene,), (alone,) = some_open(app, 1, lane=lane)
    _scenes, (beside,) = some_open(app, 1)
    page = ticks(desk, [alone, beside])
    assert acts_of(app, "view") == [beside]
    assert case_now(app, alone).state == "open"
    assert "ひとつずつ読む案件です" in page.text
    assert [box[:22] for box in boxes_of(page.text)] == [beside]
    case = case_now(app, alone)
    made_up = f"{alone}.{case.version}.1"
    answer = presses(desk, page, outcome="hide", case=[made_up])
    assert answer.status_code == 409
    assert "ひとつずつ読む案件です" in answer.text
    assert acts_of(app, "decided") == []
    let_pass(app)
    assert post_now(app, scene.reply_id).status == "live"


def test_a_case_that_rose_to_lane_one_meanwhile_is_not_decided(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 2)
    page = ticks(desk, case_ids)
    open_one(app, scenes[0].reply_id, lane=1, source="flag")
    answer = presses(desk, page, outcome="hide")
    assert answer.status_code == 409
    assert "ひとつずつ読む案件です" in answer.text
    assert acts_of(app, "decided") == [case_ids[1]]


def test_more_than_twenty_are_refused_and_stay_ticked(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 21)
    token = csrf_of(desk.browser.get("/m/").text)
    answer = desk.browser.post("/m/bulk/open", data={"csrf_token": token, "case": case_ids})
    page = desk.browser.get(answer.location)
    assert "一度にまとめられるのは、20件までです" in page.text
    assert page.text.count('form="bulk" checked') == 20  # a lane shows no more
    assert acts_of(app, "view") == []
    made_up = [f"{case_id}.1.1" for case_id in case_ids]
    sent = {"csrf_token": token, "case": made_up, "outcome": "hide", "rule": "0", "sanction": ""}
    refused = desk.browser.post("/m/bulk", data=sent)
    assert refused.status_code == 422
    assert "20件までです" in refused.text
    assert acts_of(app, "decided") == []
    assert len(ticks(desk, case_ids[:20]).text.split("いっしょに決める")) == 21


def test_nothing_ticked_decides_nothing(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 2)
    token = csrf_of(desk.browser.get("/m/").text)
    answer = desk.browser.post("/m/bulk/open", data={"csrf_token": token})
    assert "印を付けてください" in desk.browser.get(answer.location).text
    page = ticks(desk, case_ids)
    answer = presses(desk, page, outcome="hide", case=[], note_author="のこる言葉")
    assert answer.status_code == 422
    assert "のこる言葉" in answer.text
    assert acts_of(app, "decided") == []


def test_without_the_token_nothing_happens(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 2)
    page = ticks(desk, case_ids)
    before = len(acts_of(app, "view"))
    assert desk.browser.post("/m/bulk/open", data={"case": case_ids}).status_code == 422
    assert presses(desk, page, outcome="hide", csrf_token="x").status_code == 422
    assert len(acts_of(app, "view")) == before
    assert acts_of(app, "decided") == []
    presses(desk, page, outcome="hide")
    assert desk.browser.post("/m/bulk/undo", data={"case": case_ids}).status_code == 422
    assert desk.browser.post(f"/m/c/{case_ids[0]}/echoes").status_code == 422
    assert acts_of(app, "undone") == []


def test_the_domains_refusals_stand_at_their_fields_and_decide_nothing(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 2)
    page = ticks(desk, case_ids)
    for fields, said in (
        ({"outcome": "remove", "rule": "0"}, "どの約束に触れたか"),
        ({"outcome": "hide", "note_author": "[どこ]のところ"}, "[ ]のところが残っています"),
        ({"outcome": "fold"}, "注意書きを書いてください"),
        ({"outcome": "mask", "rule": "1"}, "もう一度選んでください"),
        ({}, "どうするかを選んでください"),
    ):
        answer = presses(desk, page, **fields)
        assert answer.status_code == 422, fields
        assert said in answer.text, fields
        assert len(boxes_of(answer.text)) == 2
    assert acts_of(app, "decided") == []


def test_what_does_not_fit_one_of_them_is_said_of_that_one(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 2)
    page = ticks(desk, case_ids)
    with app.app_context():
        begin_writing()
        lifecycle.hide(db.session.get_one(Post, scenes[0].reply_id))
        db.session.commit()
    answer = presses(desk, page, outcome="fine")
    assert answer.status_code == 409
    assert "今の様子では" in answer.text
    assert acts_of(app, "decided") == [case_ids[1]]


def test_only_what_every_one_allows_is_offered_and_fewer_allow_more(app: Flask, desk: Desk) -> None:
    held, live = set_scene(app, reply_status="held"), set_scene(app)
    case_ids = [open_one(app, scene.reply_id, lane=4) for scene in (held, live)]
    page = ticks(desk, case_ids)
    assert re.findall(r'name="outcome" value="(\w+)"', page.text) == ["fold", "remove"]
    kept = [box for box in boxes_of(page.text) if box.startswith(case_ids[0])]
    fewer = presses(desk, page, act="narrow", case=kept, note_author="のこる言葉")
    assert re.findall(r'name="outcome" value="(\w+)"', fewer.text) == ["publish", "fold", "remove"]
    assert "のこる言葉" in fewer.text
    half = presses(desk, page, act="fill", template="remove_sales", note_author="はじめに。")
    assert "はじめに。" in half.text
    assert "宣伝や勧誘、お金の話は、ここには置けません。" in half.text
    assert acts_of(app, "decided") == []


def test_reading_on_keeps_what_was_typed_after_the_leases_ended(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 2)
    page = ticks(desk, case_ids)
    with app.app_context():
        begin_writing()
        for timer in db.session.scalars(select(Timer).where(Timer.kind == "lease")):
            timer.due -= timedelta(minutes=11)
        db.session.commit()
    assert boxes_of(desk.browser.get(page.request.full_path).text) == []
    again = desk.browser.post("/m/bulk/open", data=filled(page, outcome="hide", note_author="のこる言葉"))
    assert again.status_code == 200
    assert "のこる言葉" in again.text
    assert len(boxes_of(again.text)) == 2
    assert presses(desk, again, outcome="hide").status_code == 303


def test_what_somebody_else_is_reading_is_not_taken_from_them(app: Flask, desk: Desk) -> None:
    scenes, case_ids = some_open(app, 2)
    other = Desk(app, "ミドリ")
    held = other.opens(case_ids[0])
    assert f'value="{case_ids[0]}" form="bulk"' not in desk.browser.get("/m/").text
    page = ticks(desk, case_ids)
    assert "ミドリさんが読んでいます" in page.text
    assert acts_of(app, "takeover") == []
    assert [box[:22] for box in boxes_of(page.text)] == [case_ids[1]]
    assert other.presses(case_ids[0], held, outcome="hide").status_code == 303
    assert presses(desk, page, outcome="hide").status_code == 303
    let_pass(app)
    assert all(post_now(app, scene.reply_id).status == "hidden" for scene in scenes)


def test_a_step_against_writers_asks_once_more_who_it_is(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 2)
    page = ticks(desk, case_ids)
    with clock.frozen(clock.now() + timedelta(minutes=40)):
        asked = presses(desk, page, outcome="hide", rule="4", sanction="slow", note_author="のこる言葉")
        assert asked.status_code == 200
        assert "もう一度、確かめます" in asked.text
        assert asked.text.count('name="case"') == 2
        assert "のこる言葉" in asked.text
        assert acts_of(app, "decided") == []
        carried = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text)
        sent: MultiDict[str, object] = MultiDict(carried)
        for name, value in (("password", PASSWORD), ("code", code_for(app, desk.token))):
            sent[name] = value
        sent["csrf_token"] = csrf_of(asked.text)
        proved = desk.browser.post("/m/bulk", data=sent)
        assert "確かめました" in proved.text
        assert "のこる言葉" in proved.text
        assert acts_of(app, "decided") == []
        again = desk.browser.post("/m/bulk/open", data=filled(proved, outcome="hide", sanction="slow"))
        last = presses(desk, again)
        assert last.status_code == 303, re.findall(r"role=.alert.>(.*?)<", last.text)
    assert acts_of(app, "decided") == sorted(case_ids)


def test_each_step_is_bound_to_its_own_decision(app: Flask, desk: Desk) -> None:
    _scenes, case_ids = some_open(app, 2)
    presses(desk, ticks(desk, case_ids), outcome="remove", rule="4", sanction="slow")
    let_pass(app)
    with app.app_context():
        decided = set(db.session.scalars(select(Decision.id)))
        assert set(db.session.scalars(select(Ban.id))) == decided
        assert len(decided) == 2


def test_a_board_wide_step_lets_each_case_wait_for_a_second_person(app: Flask, desk: Desk) -> None:
    Desk(app, "ミドリ")  # signed in today
    scenes, case_ids = some_open(app, 2)
    presses(desk, ticks(desk, case_ids), outcome="hide", rule="4", sanction="board7")
    let_pass(app)
    assert all(case_now(app, case_id).state == "waiting_second" for case_id in case_ids)
    assert all(post_now(app, scene.reply_id).status == "live" for scene in scenes)


def test_of_many_removals_in_an_hour_those_beyond_twenty_wait(app: Flask, desk: Desk) -> None:
    Desk(app, "ミドリ")
    scenes, case_ids = some_open(app, 24)
    for lot in (case_ids[:12], case_ids[12:]):
        assert presses(desk, ticks(desk, lot), outcome="remove", rule="4").status_code == 303
        let_pass(app)
    removed = [post_now(app, scene.reply_id).status for scene in scenes].count("removed")
    waiting = [case_now(app, case_id).state for case_id in case_ids].count("waiting_second")
    assert (removed, waiting) == (second.MANY_REMOVALS, 4)


def copies(app: Flask, count: int) -> list[Scene]:
    scenes = [set_scene(app, body=f"{COPY}{'。' * number}") for number in range(count)]
    with app.app_context():
        begin_writing()
        for scene in scenes:
            post = db.session.get_one(Post, scene.reply_id)
            echoes.keep(post.id, echoes.numbers_of(post.source))
        db.session.commit()
    return scenes


def gathers(desk: Desk, case_id: str) -> TestResponse:
    page = desk.opens(case_id)
    assert "同じ文の案件をまとめて" in page.text
    return desk.browser.post(f"/m/c/{case_id}/echoes", data={"csrf_token": csrf_of(page.text)})


def test_nearly_the_same_texts_are_gathered_and_those_without_a_case_get_one(app: Flask, desk: Desk) -> None:
    scenes = copies(app, 4)
    first = open_one(app, scenes[0].reply_id, lane=4)
    second_case = open_one(app, scenes[1].reply_id, lane=5)
    answer = gathers(desk, first)
    assert answer.status_code == 303
    page = desk.browser.get(answer.location)
    assert len(boxes_of(page.text)) == 4
    with app.app_context():
        found = db.session.scalars(select(Case)).all()
        assert {case.target_id for case in found} == {scene.reply_id for scene in scenes}
        assert {case.lane for case in found if ids.to_text(case.id) not in {first, second_case}} == {4}
    assert "ほとんど同じ文が、ほかの話にもあります" in page.text
    assert presses(desk, page, outcome="remove", rule="4").status_code == 303
    let_pass(app)
    assert all(post_now(app, scene.reply_id).status == "removed" for scene in scenes)
    assert holds(app)


def test_a_copy_that_was_decided_about_as_it_stands_is_left_alone(app: Flask, desk: Desk) -> None:
    scenes = copies(app, 3)
    first, fine = (open_one(app, scene.reply_id, lane=4) for scene in scenes[:2])
    desk.decides(fine, desk.opens(fine), outcome="fine")
    page = desk.browser.get(gathers(desk, first).location)
    assert len(boxes_of(page.text)) == 2
    assert case_now(app, fine).state == "settled"


def test_a_copy_whose_case_is_in_lane_one_is_named_and_not_opened(app: Flask, desk: Desk) -> None:
    scenes = copies(app, 2)
    first, heavy = (
        open_one(app, scene.reply_id, lane=lane) for scene, lane in zip(scenes, (4, 1), strict=True)
    )
    page = desk.browser.get(gathers(desk, first).location)
    assert [box[:22] for box in boxes_of(page.text)] == [first]
    assert "ひとつずつ読む案件です" in page.text
    assert case_now(app, heavy).state == "open"


@pytest.mark.parametrize("lane", [1, 2])
def test_from_lanes_one_and_two_nothing_is_gathered(app: Flask, desk: Desk, lane: int) -> None:
    scenes = copies(app, 2)
    case_id = open_one(app, scenes[0].reply_id, lane=lane)
    page = desk.opens(case_id)
    assert "ほとんど同じ文" in page.text
    assert "同じ文の案件をまとめて" not in page.text
    answer = desk.browser.post(f"/m/c/{case_id}/echoes", data={"csrf_token": csrf_of(page.text)})
    assert answer.status_code == 422
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1


def test_a_thread_as_a_whole_can_be_decided_beside_posts(app: Flask, desk: Desk) -> None:
    scene, (_scenes, (post_case,)) = set_scene(app), some_open(app, 1)
    with app.app_context():
        begin_writing()
        from_thread = cases.open_thread_case(
            thread=db.session.get_one(Thread, scene.thread_id),
            lane=4,
            source="screening",
            hour=0,
        )
        thread_case = ids.to_text(from_thread.id)
        db.session.commit()
    page = ticks(desk, [thread_case, post_case])
    assert re.findall(r'name="outcome" value="(\w+)"', page.text) == ["fine", "hide", "lock"]
    assert presses(desk, page, outcome="hide").status_code == 303
    let_pass(app)
    assert post_now(app, scene.opening_id).status == "hidden"
