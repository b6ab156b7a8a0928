"""The desk as a moderator meets it: what waits, one case, its decision, letters; and nothing about who anybody is."""

import base64
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, ids
from forum.extensions import begin_writing, db
from forum.identity.handles import handle_text
from forum.models import AuditEntry, Case, Decision, Letter, Participant, Post, Thread
from forum.moderation import audit, decisions, flags, letters, lifecycle
from forum.queries import cases, public_log
from forum.runtime import runtime
from tests.integration.moderation.scenes import (
    Desk,
    Scene,
    add_hands,
    case_now,
    csrf_of,
    decision_fields,
    open_one,
    post_now,
    set_scene,
)

OPEN_TO_STRANGERS = {
    *("staff.login", "staff.log_in", "staff.log_in_with_passkey", "staff.challenge"),
    *("staff.enrol", "staff.enrolled", "staff.enrol_qr"),
}
FINDINGS = (
    {
        "label": "personal_info",
        "sub": "",
        "severity": 2,
        "field": "body",
        "spans": [[0, 4]],
        "rule": "street_address",
    },
    {
        "label": "personal_info",
        "sub": "",
        "severity": 2,
        "field": "body",
        "spans": [[12, 18]],
        "rule": "own_named_place",
    },
    {"label": "personal_info", "sub": "", "severity": 2, "field": "body", "spans": [], "rule": "combination"},
)


def test_every_page_of_the_desk_refuses_strangers(app: Flask, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    browser, seen = app.test_client(), 0
    token = csrf_of(browser.get("/m/login").text)
    for rule in app.url_map.iter_rules():
        if not (rule.rule == "/m" or rule.rule.startswith("/m/")) or rule.endpoint in OPEN_TO_STRANGERS:
            continue
        path = re.sub(r"<[^>]+>", case_id, rule.rule)
        for method in (rule.methods or set()) - {"OPTIONS"}:
            seen += 1
            answer = browser.open(path, method=method, data={"csrf_token": token})
            if method == "POST":
                assert answer.status_code == 403, path
            else:
                assert (answer.status_code, answer.location) == (303, "/m/login"), path
    assert seen >= 8
    with app.app_context():
        assert db.session.scalars(select(AuditEntry)).all() == []


def test_a_writer_is_a_stranger_at_the_desk(app: Flask, writer: object) -> None:
    writer.vents("だれにも言えないことを書きました。")  # type: ignore[attr-defined]
    assert writer.opens("/m/").location == "/m/login"  # type: ignore[attr-defined]


def test_the_list_has_five_lanes_in_order_and_quotes_nobody(app: Flask, desk: Desk, scene: Scene) -> None:
    open_one(app, scene.reply_id, lane=2, findings=FINDINGS)
    open_one(app, scene.opening_id, lane=1)
    page = desk.browser.get("/m/").text
    places = [page.index(mark) for mark in "①②③④⑤"]
    assert places == sorted(places)
    assert "住所のようです、勤め先や学校が分かります" in page
    assert "たたんであります。" in page
    assert "波止ノ沢" not in page
    assert "はじめの投稿です" not in page


def test_older_cases_stand_before_newer_ones_of_their_lane(app: Flask, desk: Desk) -> None:
    scenes = [set_scene(app) for _number in range(3)]
    with app.app_context():
        begin_writing()
        for hour, scene in zip((7, 3, 5), scenes, strict=True):
            post = db.session.get_one(Post, scene.reply_id)
            flags.cases.open_case(post=post, lane=3, source="screening", hour=hour)
        db.session.commit()
        assert [row.opened_hour for row in cases.queue()] == [3, 5, 7]


def test_without_the_lease_there_is_only_a_button(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.browser.get(f"/m/c/{case_id}").text
    assert "波止ノ沢" not in page
    assert 'name="outcome"' not in page
    assert f"/m/c/{case_id}/open" in page


def test_opening_shows_the_text_marked_in_its_conversation_and_records_the_view(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id = open_one(app, scene.reply_id, findings=FINDINGS)
    page = desk.opens(case_id).text
    number = '<a id="mark-1" href="#why-1" aria-describedby="why-1">1</a>'
    assert f"<mark>波止ノ沢<sup>{number}</sup></mark>" in page
    assert "住所のようです" in page
    assert "ほかの言葉とそろうと、だれのことか分かります" in page
    assert "はじめの投稿です。" in page
    assert "あなたが読んでいます・残り10分" in page
    with app.app_context():
        view = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "view")).one()
        assert view.case_id == ids.from_text(case_id)


def test_another_moderator_sees_who_reads_and_may_take_over(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id, second = open_one(app, scene.reply_id), Desk(app, "ミドリ")
    desk.opens(case_id)
    listed = second.browser.get("/m/").text
    assert "アオさんが読んでいます・残り10分" in listed
    assert "引き継ぐ" in listed
    second.opens(case_id)
    assert "波止ノ沢" not in desk.browser.get(f"/m/c/{case_id}").text
    with app.app_context():
        acts = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.case_id == ids.from_text(case_id))
        )
        assert list(acts) == ["view", "takeover"]


def test_one_press_decides_and_goes_back_to_the_list(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id, findings=FINDINGS)
    page = desk.opens(case_id)
    answer = desk.decides(
        case_id, page, outcome="mask", marks="1", rule="1", note_author="町の名前を伏せました。"
    )
    assert (answer.status_code, answer.location) == (303, "/m/")
    post = post_now(app, scene.reply_id)
    assert "波止ノ沢" not in post.source
    assert "診療所の受付" in post.source
    listed = desk.browser.get("/m/").text
    assert "決めました。" in listed
    assert "決めました。" not in desk.browser.get("/m/").text
    assert case_id not in listed


def test_words_written_out_are_masked_wherever_they_stand(app: Flask, desk: Desk) -> None:
    scene = set_scene(app, body="波止ノ沢の朝市。波止ノ沢の夜。")
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    refused = desk.decides(case_id, page, outcome="mask", rule="1", words="ここにない言葉")
    assert refused.status_code == 422
    assert "文のなかに見つからない言葉があります" in refused.text
    assert desk.decides(case_id, page, outcome="mask", rule="1", words="波止ノ沢\n夜").status_code == 303
    assert post_now(app, scene.reply_id).source == "〇〇の朝市。〇〇の〇〇。"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "どうするかを選んでください。"),
        ({"outcome": "remove"}, "どの約束に触れたかを選んでください。"),
        ({"outcome": "fold"}, "たたむときの注意書きを書いてください。"),
        ({"outcome": "fine", "note_author": "[どの言葉]を伏せました"}, "[ ]のところが残っています。"),
        ({"outcome": "publish"}, "この投稿の今の様子では選べません。"),
    ],
)
def test_a_form_that_does_not_fit_says_where_and_keeps_the_words(
    app: Flask, desk: Desk, scene: Scene, fields: dict[str, str], said: str
) -> None:
    case_id = open_one(app, scene.reply_id)
    answer = desk.decides(case_id, desk.opens(case_id), **({"note_team": "仲間への覚え書き"} | fields))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert "仲間への覚え書き" in answer.text
    assert case_now(app, case_id).state == "leased"


def test_a_half_written_note_is_put_into_the_form_and_decides_nothing(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    filled = desk.decides(case_id, page, act="fill", template="mask_contact", note_author="こんばんは。")
    assert filled.status_code == 200
    text = decision_fields(filled.text)["note_author"]
    assert text.startswith("こんばんは。\n置いてくださって")
    assert "[どの言葉]" in text
    assert case_now(app, case_id).state == "leased"


def test_the_enter_key_decides_nothing(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    form = page.text[page.text.index('<form method="post"') :]
    assert form.index('value="stay"') < form.index('value="decide"')
    answer = desk.decides(case_id, page, act="stay", outcome="remove", rule="4", note_team="覚え書き")
    assert answer.status_code == 200
    assert "覚え書き" in answer.text
    assert case_now(app, case_id).state == "leased"


def test_who_comes_second_sees_what_was_decided_and_keeps_the_words(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id, second = open_one(app, scene.reply_id), Desk(app, "ミドリ")
    first_page = desk.opens(case_id)
    second_page = second.opens(case_id)
    late = desk.decides(case_id, first_page, outcome="fine", note_author="長く考えた言葉です。")
    assert late.status_code == 409
    assert "ミドリさんが引き継いで読んでいます。" in late.text
    assert "長く考えた言葉です。" in late.text
    assert "波止ノ沢" not in late.text, "words are shown to the one who holds the lease"
    assert second.decides(case_id, second_page, outcome="remove", rule="4").status_code == 303
    later = desk.decides(case_id, late, outcome="fine", note_author="長く考えた言葉です。")
    assert later.status_code == 409
    assert "ミドリさんが先に「取り除く」と決めました。" in later.text
    assert "長く考えた言葉です。" in later.text
    with app.app_context():
        assert [made.outcome for made in db.session.scalars(select(Decision))] == ["remove"]


def test_the_right_version_decides_without_the_lease(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id, second = open_one(app, scene.reply_id), Desk(app, "ミドリ")
    page = desk.opens(case_id)
    second.opens(case_id)
    late = desk.decides(case_id, page, outcome="fine")
    assert late.status_code == 409
    assert desk.decides(case_id, late, outcome="fine").status_code == 303


def test_taking_over_from_the_second_place_keeps_the_words(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id, second = open_one(app, scene.reply_id), Desk(app, "ミドリ")
    page = desk.opens(case_id)
    second.opens(case_id)
    late = desk.decides(case_id, page, outcome="fine", note_author="考えた言葉")
    taken = desk.browser.post(f"/m/c/{case_id}/open", data=decision_fields(late.text))
    assert taken.status_code == 200
    assert "波止ノ沢" in taken.text
    assert "考えた言葉" in taken.text


def test_a_wrong_token_says_so_and_keeps_the_notes(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    sent = decision_fields(page.text) | {"note_author": "長く考えた言葉", "csrf_token": "old"}
    answer = desk.browser.post(f"/m/c/{case_id}/open", data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "長く考えた言葉" in answer.text
    assert csrf_of(answer.text) != "old"


def test_reading_on_in_a_case_that_was_settled_meanwhile_keeps_the_notes(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id, second = open_one(app, scene.reply_id), Desk(app, "ミドリ")
    page = desk.opens(case_id)
    assert second.decides(case_id, second.opens(case_id), outcome="remove", rule="4").status_code == 303
    sent = decision_fields(page.text) | {"note_author": "長く考えた言葉"}
    answer = desk.browser.post(f"/m/c/{case_id}/open", data=sent)
    assert answer.status_code == 409
    assert "ミドリさんが先に「取り除く」と決めました。" in answer.text
    assert "長く考えた言葉" in answer.text
    empty = desk.browser.post(f"/m/c/{case_id}/open", data=decision_fields(page.text))
    assert (empty.status_code, empty.location) == (303, f"/m/c/{case_id}")


def test_a_full_lane_hides_no_other(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "LANE_LENGTH", 2)
    for _number in range(3):
        open_one(app, set_scene(app).reply_id, lane=1)
    open_one(app, set_scene(app).reply_id, lane=5)
    with app.app_context():
        assert [row.lane for row in cases.queue()] == [1, 1, 5]


def test_the_list_is_picked_from_an_index(app: Flask) -> None:
    with app.app_context():
        picked = str(cases.picked().compile(db.engine, compile_kwargs={"literal_binds": True}))
        plan = " ".join(
            row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {picked}")
        )
        assert plan.count("ix_case_queue") == len(cases.LANES)
        assert "TEMP B-TREE" not in plan


def test_a_text_edited_meanwhile_is_read_again(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, scene.reply_id), source="町の名前は消しました。")
        db.session.commit()
    late = desk.decides(case_id, page, outcome="remove", rule="1", note_team="覚え書き")
    assert late.status_code == 409
    assert "書いた人が文を直しました。" in late.text
    assert "町の名前は消しました。" in late.text
    assert "波止ノ沢" in late.text, "the text as it stood when the case was opened stays beside it"
    assert desk.decides(case_id, late, outcome="fine").status_code == 303


def test_a_slow_reader_decides_after_the_lease_ran_out(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    with clock.frozen(clock.now() + timedelta(minutes=40)):
        assert desk.decides(case_id, page, outcome="fine").status_code == 303


def test_flags_stand_by_reason_with_their_notes_and_without_names(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    hands = add_hands(app, scene.thread_id, 3)
    with app.app_context():
        begin_writing()
        for hand, reason in zip(hands, ("identity", "identity", "harsh"), strict=True):
            flags.flag_post(
                post=db.session.get_one(Post, scene.reply_id),
                participant=db.session.get_one(Participant, hand),
                reason=reason,
                note="同じ町の者です",
                hour=0,
            )
        db.session.commit()
        case_id = ids.to_text(db.session.scalars(select(Case.id)).one())
        people = [db.session.get_one(Participant, hand) for hand in hands]
        names = [handle_text((person.adjective, person.noun), "ja") for person in people]
        secrets = [secret for person in people for secret in (person.id, person.tag)]
    page = desk.opens(case_id).text
    assert not [name for name in names if name in page]
    assert not [secret for secret in secrets if secret.hex() in page or ids.to_text(secret) in page]
    assert "3人が知らせました。" in page
    assert "身元が分かる　2件" in page
    assert "「同じ町の者です」" in page


def test_earlier_decisions_on_the_same_name_stand_beside_the_case(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    case_id = open_one(app, scene.reply_id)
    desk.decides(case_id, desk.opens(case_id), outcome="fine", note_team="続けて見る")
    again = open_one(app, scene.reply_id)
    page = desk.opens(again).text
    assert "このままでよい" in page
    assert "仲間へ：続けて見る" in page


def test_a_letter_is_read_answered_and_leaves_the_list(app: Flask, desk: Desk) -> None:
    with app.app_context():
        begin_writing()
        letter = letters.write_letter(
            kind="letter", body="控えをなくしました。\nどうすればいいですか。", hour=0
        )
        letter_id = ids.to_text(letter.id)
        db.session.commit()
    assert "「控えをなくしました。」" in desk.browser.get("/m/").text
    page = desk.browser.get(f"/m/l/{letter_id}")
    assert "どうすればいいですか。" in page.text
    token = csrf_of(page.text)
    empty = desk.browser.post(f"/m/l/{letter_id}", data={"csrf_token": token, "words": " "})
    assert empty.status_code == 422
    sent = desk.browser.post(f"/m/l/{letter_id}", data={"csrf_token": token, "words": "読みました。"})
    assert sent.status_code == 303
    assert "控えをなくしました" not in desk.browser.get("/m/").text
    second = desk.browser.post(f"/m/l/{letter_id}", data={"csrf_token": token, "words": "もう一つの返事"})
    assert second.status_code == 409
    assert "もう一つの返事" in second.text
    with app.app_context():
        assert db.session.scalars(select(Letter)).one().answer == "読みました。"


def test_stories_nobody_answered_are_the_moderators_list_too(app: Flask, desk: Desk) -> None:
    scene = set_scene(app, reply_status="held", title="電気を消してから")
    assert "電気を消してから" in desk.browser.get("/m/").text
    with app.app_context():
        begin_writing()
        lifecycle.publish(db.session.get_one(Post, scene.reply_id))
        db.session.commit()
    page = desk.browser.get("/m/").text
    assert "電気を消してから" not in page
    assert "今週は1件の話に返事が届きました。" in page


def test_heavy_texts_read_today_are_counted_softly(app: Flask, desk: Desk, scene: Scene) -> None:
    assert "重い話" not in desk.browser.get("/m/").text
    desk.opens(open_one(app, scene.reply_id, lane=1))
    assert "きょうは重い話を1件読みました" in desk.browser.get("/m/").text


def test_no_page_of_the_desk_shows_a_tag_or_leads_to_another_thread(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    other = set_scene(app, title="よその話")
    case_id = open_one(app, scene.reply_id, findings=FINDINGS)
    with app.app_context():
        tags = list(db.session.scalars(select(Participant.tag)))
        people = list(db.session.scalars(select(Participant.id)))
        other_posts = [other.reply_id, other.opening_id]
    pages = [desk.opens(case_id).text]
    pages.append(desk.decides(case_id, desk.opens(case_id), outcome="remove").text)
    pages += [desk.browser.get(path).text for path in ("/m/", f"/m/c/{case_id}")]
    for page in pages:
        for secret in tags + people:
            assert secret.hex() not in page
            assert ids.to_text(secret) not in page
            assert base64.b64encode(secret).decode().rstrip("=") not in page
    for page in (pages[0], pages[1], pages[3]):
        assert "よその話" not in page
        assert not any(ids.to_text(post_id) in page for post_id in (other.thread_id, *other_posts))


def test_no_page_of_the_desk_shows_a_clock_time(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    for page in (desk.browser.get("/m/").text, desk.opens(case_id).text):
        assert not re.search(r"\b\d{1,2}:\d{2}\b", page)


def test_reading_the_desk_writes_nothing(app: Flask, desk: Desk, scene: Scene) -> None:
    case_id = open_one(app, scene.reply_id)
    desk.opens(case_id)
    before = _counts(app)
    for path in ("/m/", f"/m/c/{case_id}", "/m/login"):
        desk.browser.get(path)
    assert _counts(app) == before


def _counts(app: Flask) -> tuple[int, ...]:
    with app.app_context():
        return tuple(
            len(db.session.scalars(select(model)).all()) for model in (AuditEntry, Case, Decision, Thread)
        )


@pytest.mark.postgres
def test_the_whole_way_of_a_case_goes_on_postgresql_too(postgres_app: Flask) -> None:
    scene, desk = set_scene(postgres_app), Desk(postgres_app)
    case_id = open_one(postgres_app, scene.reply_id, findings=FINDINGS)
    assert "住所のようです" in desk.browser.get("/m/").text
    page = desk.opens(case_id)
    assert desk.decides(case_id, page, outcome="mask", marks="1", rule="1").status_code == 303
    assert "波止ノ沢" not in post_now(postgres_app, scene.reply_id).source
    with postgres_app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        letters.write_letter(kind="appeal", body="町の名前ではありません。", about_post=post, hour=2)
        db.session.commit()
        assert audit.verify(db.session(), runtime().keys.audit).holds
        assert [row.action for row in public_log.month_log(clock.today().replace(day=1)).rare] == ["mask"]
        decisions.erase_masked_texts(clock.today())
    assert "町の名前ではありません。" in desk.opens(case_id).text
