"""A farewell opens as steps: what the writer sees already, a word to them, the text, whom to hand it to, a pause."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, errors, ids, worker
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, BoardState, Handover, Message, Moderator, Notice, Post
from forum.moderation import audit, contact, lifecycle
from forum.runtime import runtime
from tests.actors import Staff, Writer, fields_of, let_pass
from tests.integration.moderation.scenes import case_now, keys_of, open_one, set_scene
from tests.keeping import raw

BODY = "これで最後です。今夜、薬をためた分を全部飲みます。\n\n娘に、ごめんねと伝えてください。"
OWN = "夜明けまでの、あと少しのことを書いておきます。"
READ = "あなたの言葉を、最後まで読みました。"
READ_EN = "I read your words, to the end."
NOT_YOUR_FAULT = "あなたのせいではありません"
LINE = "命の心配の話が一つ、つづきを待っています。"


@pytest.fixture
def case_id(app: Flask, writer: Writer, moderator: Staff) -> str:
    """A farewell that is held, its case taken by the moderator."""
    writer.sends("/n/r2", body=BODY)
    with app.app_context():
        post = db.session.scalars(select(Post)).one()
        assert post.status == "held"
        writer.post_id, writer.thread_id = ids.to_text(post.id), ids.to_text(post.thread_id)
    (found,) = moderator.cases()
    moderator.takes(found)
    return found


def steps(moderator: Staff, case_id: str) -> str:
    return moderator.opens(f"/m/c/{case_id}").text.replace("<wbr>", "")


def says(moderator: Staff, case_id: str, sentence: str = "read", **fields: str):  # type: ignore[no-untyped-def]
    page = moderator.opens(f"/m/c/{case_id}").text
    sent = fields_of(page, f"/m/c/{case_id}/contact") | {"sentence": sentence} | fields
    return moderator.browser.post(f"/m/c/{case_id}/contact", data=sent)


def presses(moderator: Staff, case_id: str, where: str, **fields: str):  # type: ignore[no-untyped-def]
    page = moderator.opens(f"/m/c/{case_id}").text
    sent = fields_of(page, f"/m/c/{case_id}/{where}") | fields
    return moderator.browser.post(f"/m/c/{case_id}/{where}", data=sent)


def messages(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [
            (row.sentence, row.words) for row in db.session.scalars(select(Message).order_by(Message.upon))
        ]


def words_of(page: str) -> tuple[str, ...]:
    listed = re.search(r'<ol class="keep".*?</ol>', page, re.DOTALL)
    assert listed
    return tuple(re.findall(r"<li>(.*?)</li>", listed[0]))


def test_it_opens_as_five_steps_with_the_text_folded_and_the_sentence_above_them(
    moderator: Staff, case_id: str
) -> None:
    page = steps(moderator, case_id)
    heads = re.findall(r"<h2 id=\"h-\w+\">(\d)", page)
    assert heads == ["1", "2", "3", "4", "5"]
    assert NOT_YOUR_FAULT in page
    assert page.index("<details") < page.index("これで最後です") < page.index("</details>")
    assert page.count('name="sentence" value="') == 4  # three that stand ready, and one's own words
    assert "頁のいちばん上へ相談先を出しました" in page
    assert "0120-279-338" in page
    assert "出る前に預かりました" in page
    assert 'name="outcome" value="hide"' not in page


def test_the_ordinary_form_is_one_link_away_and_leads_back(moderator: Staff, case_id: str) -> None:
    assert f"/m/c/{case_id}?form=1" in steps(moderator, case_id)
    page = moderator.opens(f"/m/c/{case_id}?form=1").text
    assert 'name="outcome" value="publish"' in page
    assert 'name="sentence"' not in page
    assert f'href="/m/c/{case_id}"' in page


def test_without_the_lease_there_is_no_word_and_no_step(app: Flask, moderator: Staff, case_id: str) -> None:
    page = Staff(app, name="世話人B").opens(f"/m/c/{case_id}").text
    assert "これで最後" not in page
    assert 'name="sentence"' not in page


@pytest.mark.parametrize(
    ("body", "reason", "expected"),
    [
        ("夜の台所の話です。", "life", True),
        ("夜の台所の話です。", "other", False),
        ("もう死にたい。今夜は眠れません。", "", False),
    ],
)
def test_which_cases_open_as_steps(
    writer: Writer, other: Writer, moderator: Staff, body: str, reason: str, expected: bool
) -> None:
    writer.vents(body)
    if reason:
        other.flags(writer.post_id, reason)
    (found,) = moderator.cases()
    moderator.takes(found)
    assert ('name="sentence"' in steps(moderator, found)) is expected


def test_after_a_report_the_page_says_that_no_contacts_were_shown_and_the_message_brings_them(
    writer: Writer, other: Writer, moderator: Staff
) -> None:
    writer.vents("夜の台所の話です。")
    other.flags(writer.post_id, "life")
    (found,) = moderator.cases()
    moderator.takes(found)
    page = steps(moderator, found)
    assert "相談先はまだ大きくは出ていません" in page
    assert "いまもみんなから読めます" in page
    assert says(moderator, found).status_code == 303
    assert "0120-279-338" in writer.opens(f"/p/{writer.post_id}/ok").text


def test_one_press_reaches_the_held_page_the_receipt_and_the_writers_own_place(
    app: Flask, writer: Writer, other: Writer, reader: Writer, moderator: Staff, case_id: str
) -> None:
    words = words_of(writer.opens(f"/p/{writer.post_id}/ok").text)
    answer = says(moderator, case_id)
    assert answer.status_code == 303
    assert "送りました" in moderator.opens(answer.location.partition("#")[0]).text
    page = writer.opens(f"/p/{writer.post_id}/ok").text
    assert READ in page
    assert page.index(READ) < page.index("0120-279-338")
    assert READ_EN in writer.opens(f"/en/p/{writer.post_id}/ok").text
    assert READ in writer.opens("/me").text
    assert READ in reader.sends("/back", phrase=" ".join(words)).text
    # For nobody else, and nothing is decided.
    other.vents("べつの話です。")
    for path in ("/me", f"/p/{writer.post_id}/ok", f"/t/{writer.thread_id}"):
        assert READ not in other.opens(path).text
    case = case_now(app, case_id)
    assert case.state == "leased"
    with app.app_context():
        assert db.session.get_one(Post, ids.from_text(writer.post_id)).status == "held"
        assert db.session.scalars(select(Notice)).all() == []


def test_the_next_write_says_that_there_is_news(writer: Writer, moderator: Staff, case_id: str) -> None:
    says(moderator, case_id)
    answer = writer.vents("お湯をのみました。")
    assert "お知らせが届いています" in writer.opens(answer.location).text.replace("<wbr>", "")


def test_own_words_go_below_the_sentence_or_alone_and_an_open_place_goes_nowhere(
    app: Flask, writer: Writer, moderator: Staff, case_id: str
) -> None:
    assert says(moderator, case_id, "more", note_author=OWN).status_code == 303
    assert says(moderator, case_id, "", note_author="ここにいます。").status_code == 303
    assert messages(app) == [("more", OWN), ("", "ここにいます。")]
    page = writer.opens(f"/p/{writer.post_id}/ok").text
    assert page.index("つづきがあれば") < page.index(OWN) < page.index("ここにいます。")
    for fields in (
        {"sentence": "", "note_author": ""},
        {"sentence": "none"},
        {"sentence": "read", "note_author": "[ここに]います"},
    ):
        refused = says(moderator, case_id, **fields)
        assert refused.status_code == 422
        assert fields.get("note_author", "") in unescape(refused.text)
    assert len(messages(app)) == 2


def test_a_double_press_sends_once_and_a_stale_one_gets_409_with_its_words(
    app: Flask, moderator: Staff, case_id: str
) -> None:
    page = moderator.opens(f"/m/c/{case_id}").text
    sent = fields_of(page, f"/m/c/{case_id}/contact") | {"sentence": "read", "note_author": OWN}
    for _press in range(2):
        assert moderator.browser.post(f"/m/c/{case_id}/contact", data=sent).status_code == 303
    assert len(messages(app)) == 1
    other = Staff(app, name="世話人B")
    token = fields_of(other.opens("/m/").text, f"/m/c/{case_id}/open")["csrf_token"]
    late = other.browser.post(f"/m/c/{case_id}/contact", data=sent | {"csrf_token": token})
    assert late.status_code == 409
    assert OWN in late.text
    assert f"{moderator.name}さんが引き継いで読んでいます。" in late.text, "and not that the text changed"
    assert "書いた人が文を直しました" not in late.text
    assert "これで最後" not in late.text  # who does not hold the lease reads no words of anybody's
    assert len(messages(app)) == 1
    with app.app_context():
        moderator_id = db.session.scalars(select(Moderator).where(Moderator.name == other.name)).one()
        begin_writing()
        with pytest.raises(errors.Stale):
            contact.reach_out(
                case_id=ids.from_text(case_id),
                version=int(sent["version"]),
                moderator=moderator_id,
                sentence="read",
                words="",
                audit_key=runtime().keys.audit,
            )


def test_the_record_says_contact_and_holds_no_word(app: Flask, moderator: Staff, case_id: str) -> None:
    says(moderator, case_id, "voice", note_author=OWN)
    with app.app_context():
        assert audit.verify(db.session(), keys_of(app).audit).holds
        rows = db.session.execute(
            select(AuditEntry.action, AuditEntry.reason, AuditEntry.lane).where(
                AuditEntry.action == "contact"
            )
        ).all()
    assert [tuple(row) for row in rows] == [("contact", "voice", 1)]


def test_after_a_word_nobody_else_has_to_look_and_without_one_somebody_has(
    app: Flask, writer: Writer, moderator: Staff, case_id: str
) -> None:
    Staff(app, name="世話人B").opens("/m/")
    says(moderator, case_id)
    answer = moderator.decides(case_id, "mask", marks=["1"])
    assert answer.status_code == 303
    assert case_now(app, case_id).state == "settled"
    with app.app_context():
        assert db.session.get_one(Post, ids.from_text(writer.post_id)).status == "live"
    # Opened anew on another day, what was said before counts no more.
    with clock.frozen(clock.now() + timedelta(days=2)), app.app_context():
        begin_writing()
        post = db.session.get_one(Post, ids.from_text(writer.post_id))
        lifecycle.revise(post, source="やっぱり、もうお別れです。")
        db.session.commit()
        open_one(app, post.id, lane=1, source="flag")
        again = case_now(app, case_id)
        assert again.state == "open"
        assert not contact.was_made(again)


def test_silence_still_asks_for_a_second_person(app: Flask, moderator: Staff, case_id: str) -> None:
    assert moderator.decides(case_id, "publish").status_code == 303
    assert case_now(app, case_id).state == "waiting_second"


def test_details_are_masked_with_the_marks_of_the_crisis_chosen_and_no_promise_named(
    app: Flask, writer: Writer, moderator: Staff, case_id: str
) -> None:
    page = steps(moderator, case_id)
    assert re.search(r'name="marks" value="1" checked', page)
    sent = fields_of(page, f"/m/c/{case_id}")
    assert (sent["outcome"], sent["rule"], sent["marks"]) == ("mask", "0", "1")
    says(moderator, case_id)
    sent = fields_of(steps(moderator, case_id), f"/m/c/{case_id}")
    assert moderator.browser.post(f"/m/c/{case_id}", data=sent | {"act": "decide"}).status_code == 303
    let_pass(app)
    with app.app_context():
        post = db.session.get_one(Post, ids.from_text(writer.post_id))
        assert post.status == "live"
        assert "〇〇" in post.source
        assert db.session.scalars(select(Notice)).one().rule == 0
    assert "約束のどれかではなく" in writer.opens("/me").text


def test_removing_still_needs_the_promise_it_touches(app: Flask, moderator: Staff, case_id: str) -> None:
    assert moderator.decides(case_id, "remove").status_code == 422


def test_a_line_is_added_to_the_handover_and_takes_nothing_from_it(
    app: Flask, moderator: Staff, case_id: str
) -> None:
    moderator.sends("/m/handover", words="静かな夜でした。")
    assert LINE in steps(moderator, case_id)
    answer = presses(moderator, case_id, "line")
    assert answer.status_code == 303
    assert NOT_YOUR_FAULT in moderator.opens(answer.location).text
    with app.app_context():
        assert db.session.scalars(select(Handover.words)).one() == f"静かな夜でした。\n{LINE}"
    case = case_now(app, case_id)
    assert (case.state, case.leased_by) == ("open", None)


def test_a_full_handover_refuses_the_line_and_keeps_the_lease(
    app: Flask, moderator: Staff, case_id: str
) -> None:
    moderator.sends("/m/handover", words="あ" * 590)
    refused = presses(moderator, case_id, "line", words="二つめの話がまだ待っています。")
    assert refused.status_code == 422
    assert "二つめの話がまだ待っています。" in refused.text
    assert case_now(app, case_id).state == "leased"


def test_a_pause_gives_the_case_back_at_once(app: Flask, moderator: Staff, case_id: str) -> None:
    answer = presses(moderator, case_id, "pause")
    assert answer.status_code == 303
    page = moderator.opens(answer.location).text
    assert "足りなかったのでは" in page
    assert NOT_YOUR_FAULT in page
    case = case_now(app, case_id)
    assert (case.state, case.leased_by) == ("open", None)
    assert presses(moderator, case_id, "pause").status_code in {303, 422}


def test_the_steps_hand_over_and_put_off_as_the_form_does(app: Flask, moderator: Staff, case_id: str) -> None:
    for act, state in (("hour", "snoozed"), ("escalate", "escalated")):
        moderator.takes(case_id)
        page = moderator.opens(f"/m/c/{case_id}").text
        sent = fields_of(page, f"/m/c/{case_id}/move") | {"act": act}
        assert moderator.browser.post(f"/m/c/{case_id}/move", data=sent).status_code == 303
        assert case_now(app, case_id).state == state
        if act == "hour":
            token = fields_of(moderator.opens(f"/m/c/{case_id}").text, f"/m/c/{case_id}/open")
            moderator.browser.post(f"/m/c/{case_id}/open", data=token)


def test_with_the_thread_everything_of_it_goes(
    app: Flask, writer: Writer, moderator: Staff, case_id: str
) -> None:
    says(moderator, case_id, note_author=OWN)
    with app.app_context():
        begin_writing()
        worker.delete_threads([ids.from_text(writer.thread_id)])
        db.session.commit()
        db.session.execute(db.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.remove()
        db.engine.dispose()
    assert messages(app) == []
    with app.app_context():
        runtime().onlooker.close()
    assert OWN.encode() not in raw(runtime_folder(app))


def runtime_folder(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        return runtime().settings.instance


def test_whoever_erases_everything_erases_it_too(
    app: Flask, writer: Writer, moderator: Staff, case_id: str
) -> None:
    says(moderator, case_id, note_author=OWN)
    page = writer.opens("/me/erase").text
    writer.browser.post("/me/erase", data=fields_of(page, "/me/erase"))
    assert messages(app) == []


def test_own_words_go_with_the_post_once_the_case_is_settled(
    app: Flask, writer: Writer, moderator: Staff, case_id: str
) -> None:
    says(moderator, case_id, note_author=OWN)
    writer.sends(f"/p/{writer.post_id}/d")
    assert messages(app) == [("read", OWN)]  # the case is open: it still counts as a word to the writer
    moderator.takes(case_id)
    assert moderator.decides(case_id, "fine").status_code == 303
    assert case_now(app, case_id).state == "settled"
    assert messages(app) == [("read", "")]


def test_words_of_the_house_have_nobody_to_speak_to(app: Flask, moderator: Staff) -> None:
    scene = set_scene(app)
    with app.app_context():
        begin_writing()
        db.session.get_one(Post, scene.reply_id).participant_id = None
        db.session.commit()
    found = open_one(
        app,
        scene.reply_id,
        lane=1,
        findings=[{"label": "crisis", "sub": "suicide", "severity": 2, "field": "body", "spans": []}],
    )
    moderator.takes(found)
    page = steps(moderator, found)
    assert 'name="sentence"' not in page
    assert "声をかける相手がいません" in page


def test_on_postgresql_a_message_takes_its_number_in_line(postgres_app: Flask) -> None:
    scene = set_scene(postgres_app)
    found = open_one(postgres_app, scene.reply_id, lane=1)
    staff = Staff(postgres_app)
    with postgres_app.app_context():
        for press in range(2):
            begin_writing()
            contact.reach_out(
                case_id=ids.from_text(found),
                version=1 + press,
                moderator=db.session.scalars(select(Moderator).where(Moderator.name == staff.name)).one(),
                sentence="read",
                words="",
                audit_key=runtime().keys.audit,
            )
            db.session.commit()
        numbers = db.session.scalars(select(Message.number).order_by(Message.upon)).all()
        assert numbers == [1, 2]
        assert db.session.get_one(BoardState, 1).notice_number == 2
        begin_writing()
        worker.delete_threads([scene.thread_id])
        db.session.commit()
    assert messages(postgres_app) == []


def test_every_message_is_short_in_both_languages_and_promises_nothing() -> None:
    assert [one.code for one in contact.reviewed()] == ["read", "voice", "more"]
    for one in contact.reviewed():
        assert len(one.ja) <= 160
        assert len(one.en) <= 320
        for promise in (
            "必ず",
            "約束します",
            "助けます",
            "守ります",
            "大丈夫になり",
            "違反",
            "promise",
            "we will",
        ):
            assert promise not in one.ja + one.en
