"""What an opener does with a thread as a whole: last words close it, その後 is marked, a longer life takes everything along."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum import clock, ids
from forum.extensions import db
from forum.models import Ban, Post, Receipt, Thread
from tests.actors import Reader, Staff, Writer, fields_of
from tests.privacy.test_bans import sanctioned

STORY = "夜になると、台所の明かりだけつけて座っています。"
END = "読んでくださって、ありがとうございました。ここで閉じます。"
AFTER = "あれから、ひと月たちました。静かにしています。"
HELD = "今夜、薬を全部飲んで死にます。さようなら。"
TELLING = "連絡先は 090-1234-5678 です。"
CLOSED = "閉じた話"
MARK = "その後あり"


@pytest.fixture
def thread_id(writer: Writer) -> str:
    writer.vents(STORY, title="台所の明かり")
    return writer.thread_id


def thread_now(app: Flask, thread_id: str) -> Thread:
    with app.app_context():
        found = db.session.get_one(Thread, ids.from_text(thread_id))
        db.session.expunge(found)
        return found


def posts_of(app: Flask, thread_id: str) -> list[tuple[str, str]]:
    with app.app_context():
        query = select(Post.kind, Post.status).where(Post.thread_id == ids.from_text(thread_id))
        return [(kind, status) for kind, status in db.session.execute(query.order_by(Post.number))]


def published(moderator: Staff) -> None:
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "publish").status_code == 303


def locked(moderator: Staff) -> None:
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "lock").status_code == 303


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_last_words_close_the_thread_and_every_page_says_so_kindly(
    writer: Writer, other: Writer, thread_id: str, prefix: str
) -> None:
    other.replies(thread_id, "読みました。")
    told = writer.sends(f"{prefix}/t/{thread_id}/l", body=END, kind="last")
    assert told.status_code == 303
    assert ("返事は、" if not prefix else "no further replies") in writer.opens(told.location).text
    page = other.opens(f"{prefix}/t/{thread_id}").text
    assert END in page
    assert ("この話を閉じました" if not prefix else "Its writer has closed this story") in page.replace(
        "<wbr>", ""
    )
    assert f"/t/{thread_id}/r" not in page
    assert (CLOSED if not prefix else "closed by its writer") in other.opens(f"{prefix}/b/r2").text
    assert other.opens(f"{prefix}/t/{thread_id}/r").status_code == 409


def test_a_reply_that_was_begun_before_the_end_comes_back_with_its_words(
    writer: Writer, other: Writer, thread_id: str
) -> None:
    path = f"/t/{thread_id}/r"
    data = fields_of(other.opens(path).text, path) | {"body": "まだ言いたいことがあります。"}
    writer.tells(thread_id, END, "last")
    answer = other.browser.post(path, data=data)
    assert answer.status_code == 409
    assert fields_of(answer.text, path)["body"] == "まだ言いたいことがあります。"


def test_last_words_that_are_asked_about_come_back_and_close_nothing_yet(
    app: Flask, writer: Writer, thread_id: str
) -> None:
    path = f"/t/{thread_id}/l"
    asked = writer.tells(thread_id, TELLING, "last", warning="電話のこと")
    assert asked.status_code == 422
    kept = fields_of(asked.text, path)
    assert (kept["body"], kept["kind"], kept["warning"]) == (TELLING, "last", "電話のこと")
    assert not thread_now(app, thread_id).is_closed
    masked = writer.browser.post(path, data=kept | {"act": "mask", "m": ["1"]})
    assert masked.status_code == 303, masked.text
    assert thread_now(app, thread_id).is_closed
    assert posts_of(app, thread_id)[-1] == ("last", "live")
    assert "090-1234-5678" not in Reader(app).opens(f"/t/{thread_id}").text


def test_last_words_that_wait_for_a_reader_close_the_thread_at_once(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, thread_id: str
) -> None:
    assert "119" in writer.tells(thread_id, HELD, "last").text
    assert other.opens(f"/t/{thread_id}/r").status_code == 409
    assert HELD not in other.opens(f"/t/{thread_id}").text
    published(moderator)
    assert HELD in other.opens(f"/t/{thread_id}").text


def test_a_thread_is_closed_without_a_word_and_opened_again_and_twice_is_once(
    app: Flask, writer: Writer, other: Writer, thread_id: str
) -> None:
    for act, is_closed in (("close", True), ("close", True), ("open", False), ("open", False)):
        before = thread_now(app, thread_id)
        assert writer.ends(thread_id, act).status_code == 303
        after = thread_now(app, thread_id)
        assert after.is_closed is is_closed
        assert (after.version > before.version) is (before.is_closed is not is_closed)
    assert other.replies(thread_id, "また書けました。").status_code == 303
    assert posts_of(app, thread_id) == [("post", "live"), ("post", "live")]


def test_nobody_is_asked_to_answer_a_story_that_is_closed(writer: Writer, thread_id: str) -> None:
    reader = Reader(writer.app)
    assert "台所の明かり" in reader.opens("/b/r2?only=waiting").text
    writer.ends(thread_id)
    assert "台所の明かり" not in reader.opens("/b/r2?only=waiting").text
    assert "まだ返事がありません" not in reader.opens("/").text


def test_what_a_moderator_locked_its_opener_can_neither_open_nor_add_to(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, thread_id: str
) -> None:
    path = f"/t/{thread_id}/l"
    data = fields_of(writer.opens(path).text, path) | {"body": AFTER, "kind": "aftermath"}
    other.flags(writer.post_id, "attack")
    locked(moderator)
    answer = writer.browser.post(path, data=data)
    assert answer.status_code == 409
    assert AFTER in answer.text
    assert "世話人が閉じた話なので" in writer.opens(path).text.replace("<wbr>", "")
    assert writer.browser.post(path, data=data | {"act": "open", "body": ""}).status_code == 303
    assert other.opens(f"/t/{thread_id}/r").status_code == 409


def test_what_came_of_it_is_marked_in_lists_and_brings_the_story_up(
    app: Flask, writer: Writer, other: Writer, thread_id: str
) -> None:
    other.vents("ほかの話です。", title="ほかの話")
    assert MARK not in other.opens("/b/r2").text
    assert writer.tells(thread_id, AFTER).status_code == 303
    page = other.opens("/b/r2").text
    assert MARK in page
    assert page.index("台所の明かり") < page.index("ほかの話")
    assert "台所の明かり" in other.opens("/b/r2?only=aftermath").text
    article = other.opens(f"/t/{thread_id}").text.split('id="p2"')[1]
    assert '<span class="lamp">その後</span>' in article
    assert other.replies(thread_id, "よかったです。").status_code == 303


def test_what_came_of_it_may_be_told_in_a_closed_thread_and_more_than_once(
    app: Flask, writer: Writer, thread_id: str
) -> None:
    writer.tells(thread_id, END, "last")
    assert 'type="radio"' not in writer.opens(f"/t/{thread_id}/l").text
    first = writer.tells(thread_id, AFTER)
    second = writer.tells(thread_id, "一年たちました。")
    assert (first.status_code, second.status_code) == (303, 303)
    assert [kind for kind, _status in posts_of(app, thread_id)] == ["post", "last", "aftermath", "aftermath"]
    assert thread_now(app, thread_id).is_closed


def test_the_mark_goes_with_the_last_of_them(app: Flask, writer: Writer, thread_id: str) -> None:
    kept = []
    for body in (AFTER, "一年たちました。"):
        writer.tells(thread_id, body)
        kept.append(writer.post_id)
    assert writer.sends(f"/p/{kept[0]}/d").status_code == 200
    assert thread_now(app, thread_id).has_aftermath
    assert writer.sends(f"/p/{kept[1]}/d").status_code == 200
    assert not thread_now(app, thread_id).has_aftermath
    assert MARK not in writer.opens("/b/r2").text


def test_what_waits_for_a_reader_is_marked_only_when_it_is_out(
    app: Flask, writer: Writer, moderator: Staff, thread_id: str
) -> None:
    writer.tells(thread_id, HELD)
    assert not thread_now(app, thread_id).has_aftermath
    published(moderator)
    assert thread_now(app, thread_id).has_aftermath


def test_the_mark_goes_while_a_moderator_keeps_the_words_from_readers(
    app: Flask, writer: Writer, other: Writer, moderator: Staff, thread_id: str
) -> None:
    writer.tells(thread_id, AFTER)
    other.flags(writer.post_id, "other")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "hide", rule="3").status_code == 303
    assert not thread_now(app, thread_id).has_aftermath
    assert "台所の明かり" in other.opens("/b/r2").text


def test_the_same_words_sent_twice_are_one_post(app: Flask, writer: Writer, thread_id: str) -> None:
    path = f"/t/{thread_id}/l"
    for kind, body in (("aftermath", AFTER), ("last", END)):
        data = fields_of(writer.opens(path).text, path) | {"body": body, "kind": kind}
        first, second = writer.browser.post(path, data=data), writer.browser.post(path, data=data)
        assert (first.status_code, second.status_code) == (303, 303)
        assert first.location == second.location
    assert [kind for kind, _status in posts_of(app, thread_id)] == ["post", "aftermath", "last"]


@pytest.mark.parametrize("fields", [{"body": ""}, {"body": "あ" * 5001}, {"body": AFTER, "kind": "whatever"}])
def test_what_is_not_taken_comes_back_with_its_words(
    writer: Writer, thread_id: str, fields: dict[str, str]
) -> None:
    answer = writer.sends(f"/t/{thread_id}/l", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert fields_of(answer.text, f"/t/{thread_id}/l")["body"] == fields["body"]


def test_words_that_were_put_aside_go_on_where_they_were_begun(writer: Writer, thread_id: str) -> None:
    aside = writer.sends(f"/t/{thread_id}/l", body=END, kind="last", act="deposit")
    (listed,) = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', aside.text, re.DOTALL)
    words = " ".join(re.findall(r"<li>(.*?)</li>", listed))
    found = writer.sends("/back", phrase=words)
    kept = fields_of(found.text, f"/t/{thread_id}/l")
    assert (kept["body"], kept["kind"]) == (END, "last")
    assert writer.browser.post(f"/t/{thread_id}/l", data=kept).status_code == 303
    elsewhere = Reader(writer.app).sends("/back", phrase=words)
    assert elsewhere.status_code == 422  # taken up, the box is gone


def test_words_that_were_put_aside_are_given_to_a_browser_without_the_key_to_copy(
    app: Flask, writer: Writer, thread_id: str
) -> None:
    aside = writer.sends(f"/t/{thread_id}/l", body=END, act="deposit")
    (listed,) = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', aside.text, re.DOTALL)
    words = " ".join(re.findall(r"<li>(.*?)</li>", listed))
    assert END in Reader(app).sends("/back", phrase=words).text


def test_a_thread_is_prolonged_by_full_days_and_never_made_shorter(app: Flask, writer: Writer) -> None:
    writer.vents(STORY, lifetime="7")
    for days, left in ((30, 30), (30, 30), (365, 365), (30, 365)):
        assert writer.ends(writer.thread_id, "prolong", lifetime=days).status_code == 303
        assert thread_now(app, writer.thread_id).ends_on == clock.date_after(left)
    with clock.frozen(clock.midnight() + timedelta(days=365, hours=23, minutes=59)):
        assert Reader(app).opens(f"/t/{writer.thread_id}").status_code == 200
    with clock.frozen(clock.midnight() + timedelta(days=366)):
        assert Reader(app).opens(f"/t/{writer.thread_id}").status_code == 404


def test_only_longer_lives_are_offered(writer: Writer) -> None:
    offered = {}
    for lifetime in ("7", "30", "365"):
        writer.vents(STORY, lifetime=lifetime)
        page = writer.opens(f"/t/{writer.thread_id}/l").text
        offered[lifetime] = re.findall(r'<option value="(\d+)"', page)
    assert offered == {"7": ["30", "365"], "30": ["365"], "365": []}


def test_the_words_that_open_its_posts_live_as_long_as_the_thread(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents(STORY, lifetime="7")
    other.replies(writer.thread_id, "読みました。")
    other.vents("ほかの話です。", lifetime="7")
    writer.ends(writer.thread_id, "prolong", lifetime=30)
    with app.app_context():
        query = select(Post.thread_id, Receipt.ends_on).join(Receipt, Receipt.target_id == Post.id)
        ends: dict[str, set[date]] = {}
        for thread, day in db.session.execute(query):
            ends.setdefault(ids.to_text(thread), set()).add(day)
    assert ends == {writer.thread_id: {clock.date_after(30)}, other.thread_id: {clock.date_after(7)}}


def test_whoever_is_kept_out_of_a_thread_is_so_for_its_longer_life(
    app: Flask, writer: Writer, other: Writer
) -> None:
    sanctioned(app, other, writer, "thread")
    with app.app_context():
        db.session.execute(db.update(Ban).values(until_day=clock.date_after(3)))
        db.session.execute(db.update(Thread).values(ends_on=clock.date_after(3)))
        db.session.commit()
    writer.ends(writer.thread_id, "prolong", lifetime=365)
    with app.app_context():
        assert db.session.scalars(select(Ban.until_day)).all() == [clock.date_after(365)]


@pytest.mark.parametrize("act", ["close", "open", "prolong"])
def test_a_withdrawn_thread_is_not_prolonged_any_more(
    app: Flask, writer: Writer, thread_id: str, act: str
) -> None:
    page = writer.opens(f"/t/{thread_id}/l").text
    writer.sends(f"/p/{writer.post_id}/d")
    before = thread_now(app, thread_id)
    data = fields_of(page, f"/t/{thread_id}/l") | {"act": act, "lifetime": "365"}
    assert writer.browser.post(f"/t/{thread_id}/l", data=data).status_code == 410
    assert writer.opens(f"/t/{thread_id}/l").status_code == 410
    after = thread_now(app, thread_id)
    assert (after.ends_on, after.is_closed) == (before.ends_on, before.is_closed)


@pytest.mark.parametrize("lifetime", ["7", "0", "100000", "x", ""])
def test_no_other_length_is_taken(app: Flask, writer: Writer, thread_id: str, lifetime: str) -> None:
    before = thread_now(app, thread_id).ends_on
    assert writer.ends(thread_id, "prolong", lifetime=lifetime).status_code == 422
    assert thread_now(app, thread_id).ends_on == before


@pytest.mark.parametrize(
    "fields", [{}, {"act": "close"}, {"act": "open"}, {"act": "prolong", "lifetime": "365"}]
)
def test_nobody_but_the_opener_opens_the_page_or_sends_its_forms(
    app: Flask, writer: Writer, other: Writer, reader: Reader, thread_id: str, fields: dict[str, str]
) -> None:
    other.replies(thread_id, "読みました。")
    data = fields_of(other.opens(f"/t/{thread_id}/r").text, f"/t/{thread_id}/r")
    before = thread_now(app, thread_id)
    for who in (other, reader):
        assert who.opens(f"/t/{thread_id}/l").status_code == 404
        sent = who.browser.post(f"/t/{thread_id}/l", data=data | {"body": AFTER} | fields)
        assert sent.status_code == 404
        assert f"/t/{thread_id}/l" not in who.opens(f"/t/{thread_id}").text
    after = thread_now(app, thread_id)
    assert (after.version, after.ends_on, after.last_no) == (before.version, before.ends_on, before.last_no)
    assert f"/t/{thread_id}/l" in writer.opens(f"/t/{thread_id}").text


@pytest.mark.parametrize("act", ["close", "open", "prolong"])
def test_the_small_forms_need_their_token(app: Flask, writer: Writer, act: str) -> None:
    writer.vents(STORY, lifetime="7")
    before = thread_now(app, writer.thread_id)
    path = f"/t/{writer.thread_id}/l"
    assert writer.browser.post(path, data={"act": act, "lifetime": "365"}).status_code == 422
    after = thread_now(app, writer.thread_id)
    assert (after.ends_on, after.is_closed) == (before.ends_on, before.is_closed)


def test_who_may_not_write_may_still_close_and_prolong_and_keeps_the_words(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents(STORY, lifetime="7")
    thread_id = writer.thread_id
    sanctioned(app, writer, other, "board30")
    refused = writer.tells(thread_id, AFTER)
    assert refused.status_code == 403
    assert AFTER in refused.text
    assert writer.ends(thread_id, "prolong", lifetime=30).status_code == 303
    assert writer.ends(thread_id, "close").status_code == 303
    assert writer.ends(thread_id, "open").status_code == 403
    now = thread_now(app, thread_id)
    assert (now.is_closed, now.ends_on) == (True, clock.date_after(30))


def test_words_about_a_story_count_as_the_one_post_a_day_of_who_writes_slowly(
    app: Flask, writer: Writer, other: Writer, thread_id: str
) -> None:
    sanctioned(app, writer, other, "slow")
    assert writer.tells(thread_id, AFTER).status_code == 303
    refused = writer.tells(thread_id, END, "last")
    assert refused.status_code == 403
    assert END in refused.text


def test_a_decision_made_beside_words_that_are_being_typed_keeps_them(writer: Writer) -> None:
    writer.vents("夜の台所で、白湯を飲んでいます。")
    page = f"/t/{writer.thread_id}/l"
    typed = {"body": "まだ途中の、その後です。", "warning": "", "kind": "aftermath"}
    for act in ("close", "open", "prolong"):
        form = fields_of(writer.opens(page).text, page)
        answer = writer.browser.post(page, data=form | typed | {"act": act, "lifetime": "365"})
        assert answer.status_code == 200, act
        assert "まだ途中の、その後です。" in answer.text, act
    form = fields_of(writer.opens(page).text, page)
    assert writer.browser.post(page, data=form | {"act": "close", "body": ""}).status_code == 303
