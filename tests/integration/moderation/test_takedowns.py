"""The desk for people written about: asked without a login, the author heard first, everything undone when it was wrong."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum import clock, errors, ids, worker
from forum.cli import work
from forum.extensions import begin_writing, db
from forum.models import Case, Letter, Moderator, Notice, Post, Timer
from forum.moderation import audit, cases, letters, lifecycle, staff, takedowns
from forum.queries.letters import post_named
from forum.runtime import runtime
from tests.actors import Reader, Staff, Writer
from tests.keeping import Keeper

EVENING = datetime(2027, 3, 10, 21, 0, tzinfo=clock.BOARD_ZONE)
ASKS = "わたしの家のことだと思います。消してもらえますか。"
BODY = "角のパン屋の二階に住む人のことを、ずっと考えています。"


@pytest.fixture(autouse=True)
def evening() -> Iterator[None]:
    with clock.frozen(EVENING):
        yield


@pytest.fixture
def author(writer: Writer) -> Writer:
    """Somebody whose post another finds themselves in."""
    writer.vents(BODY, title="パン屋の話")
    return writer


def words_of(page: TestResponse) -> str:
    """The four words on a page."""
    (listed,) = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', page.text, re.S)
    return " ".join(re.findall(r"<li>(.*?)</li>", listed))


def asks(reader: Reader, about: str, **fields: str) -> str:
    """Send the public form; returns the four words that open its state."""
    answer = reader.sends("/takedown", body=ASKS, about=about, **fields)
    assert answer.status_code == 200, answer.text
    return words_of(answer)


def state(reader: Reader, words: str, prefix: str = "") -> str:
    """The page behind the words."""
    page = reader.sends(f"{prefix}/back", phrase=words)
    assert page.status_code == 200
    return page.text


def on_desk(moderator: Staff) -> str:
    """The address of the one letter on the list."""
    (letter_id,) = set(re.findall(r"/m/l/([\w-]{22})", moderator.opens("/m/").text))
    return f"/m/l/{letter_id}"


def does(moderator: Staff, path: str, act: str, words: str = "", status: int = 303, **fields: str) -> str:
    """Press one of the desk's buttons."""
    answer = moderator.sends(path, act=act, words=words, **fields)
    assert answer.status_code == status, answer.text
    return answer.text


def post_now(app: Flask, post_id: str) -> Post:
    with app.app_context():
        post = db.session.get_one(Post, ids.from_text(post_id))
        db.session.expunge(post)
        return post


def only_letter(app: Flask) -> Letter:
    with app.app_context():
        letter = db.session.scalars(select(Letter).where(Letter.kind == "takedown")).one()
        db.session.expunge(letter)
        return letter


def timers(app: Flask) -> list[datetime]:
    with app.app_context():
        return list(db.session.scalars(select(Timer.due).where(Timer.kind == "hearing")))


def days_later(app: Flask, days: int) -> None:
    """The worker of that day, just after midnight."""
    morning = datetime.combine(EVENING.date() + timedelta(days=days), datetime.min.time(), clock.BOARD_ZONE)
    with app.app_context(), clock.frozen(morning + timedelta(minutes=1)):
        assert work.fire_timers() == 0


def objects(
    author: Writer, page: str, body: str = "この人のことではありません。残したいです。"
) -> TestResponse:
    """Follow the link of a statement and send what it asks for."""
    (path,) = {link.replace("&amp;", "&") for link in re.findall(r'href="(/c\?post=[^"]+)"', page)}
    return author.sends(path, body=body)


def test_a_request_needs_no_login_and_tells_by_when_it_is_answered_and_decided(
    reader: Reader, author: Writer
) -> None:
    for prefix, days in (("", ("3月11日", "3月17日")), ("/en", ("Mar 11", "Mar 17"))):
        sent = reader.sends(f"{prefix}/takedown", body=ASKS, about=f"/t/{author.thread_id}")
        assert sent.status_code == 200
        page = state(reader, words_of(sent), prefix)
        assert all(day in sent.text and day in page for day in days)
        assert not any(name.startswith("Set-Cookie") for name, _value in reader.opens("/log").headers)


@pytest.mark.parametrize(
    "about",
    ["{url}", "https://nagi.example/t/{id}#p1", "/t/{id} の1番", "/t/{id} >>１", "/en/t/{id}#p1 のところ"],
)
def test_an_address_as_people_write_it_leads_to_the_post(
    app: Flask, reader: Reader, author: Writer, about: str
) -> None:
    asks(reader, about.format(url=f"http://localhost/t/{author.thread_id}", id=author.thread_id))
    with app.app_context():
        case = db.session.scalars(select(Case)).one()
        assert (case.target_id, case.lane, case.source) == (ids.from_text(author.post_id), 2, "letter")


@pytest.mark.parametrize(
    "about",
    [
        "",
        "パン屋の話",
        "/t/AAAAAAAAAAAAAAAAAAAAAA",
        "/t/{id}#p7",
        "/t/ああああああああああああああああああああああ",
    ],
)
def test_an_address_that_leads_nowhere_is_taken_all_the_same(
    app: Flask, reader: Reader, author: Writer, about: str
) -> None:
    words = asks(reader, about.format(id=author.thread_id))
    assert "受けとっています" in state(reader, words)
    assert only_letter(app).about_post is None
    with app.app_context():
        assert db.session.scalars(select(Case)).all() == []


def test_what_nobody_can_read_is_not_found_by_its_address(app: Flask, author: Writer) -> None:
    with app.app_context():
        address = f"/t/{author.thread_id}#p1"
        assert post_named(address) == ids.from_text(author.post_id)
        lifecycle.hide(db.session.get_one(Post, ids.from_text(author.post_id)))
        assert post_named(address) is None
        db.session.rollback()


def test_a_request_alone_does_nothing_to_a_post(app: Flask, reader: Reader, author: Writer) -> None:
    for _number in range(4):
        asks(reader, f"/t/{author.thread_id}")
    post = post_now(app, author.post_id)
    assert (post.status, post.warning) == ("live", "")
    assert "相談がありました" not in author.opens("/me").text


def test_the_list_says_by_when_and_what_is_late_comes_with_a_word(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, "どこか")
    assert "返事は3月11日まで" in moderator.opens("/m/").text
    does(moderator, on_desk(moderator), "answer", "読みました。これから調べます。")
    page = moderator.opens("/m/").text
    assert "決めるのは3月17日まで" in page
    assert "先に見てください" not in page
    with app.app_context():
        begin_writing()
        letter = db.session.scalars(select(Letter)).one()
        letter.day = date(2027, 3, 2)
        db.session.commit()
    assert "先に見てください・決めるのは3月9日まで" in moderator.opens("/m/").text


def test_the_desk_says_which_post_it_is_when_the_form_could_not(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, "パン屋の話だと思います")
    path = on_desk(moderator)
    wrong = does(moderator, path, "point", "書きかけの返事", 422, where="/t/nowhere")
    assert "いま読める投稿が見つかりません" in wrong
    assert "書きかけの返事" in wrong
    does(moderator, path, "point", where=f"/t/{author.thread_id}#p1")
    assert only_letter(app).about_post == ids.from_text(author.post_id)
    assert "この投稿の案件を開く" in moderator.opens(path).text


def test_a_post_is_folded_at_once_and_goes_after_seven_days_of_silence(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    words = asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold", "たたみました。書いた人に聞いています。")
    post = post_now(app, author.post_id)
    assert (post.status, post.warning) == ("live", takedowns.FOLDED)
    assert "3月17日" in state(reader, words)
    assert "たたみました。書いた人に聞いています。" in state(reader, words)
    assert "書いた人の声を3月17日まで待っています" in moderator.opens("/m/").text
    assert timers(app) == [datetime(2027, 3, 18)]
    days_later(app, 7)
    assert post_now(app, author.post_id).status == "live"
    days_later(app, 8)
    assert post_now(app, author.post_id).status == "removed"
    assert timers(app) == []
    assert "取り除きました" in state(reader, words)
    assert "/m/l/" not in moderator.opens("/m/").text
    told = author.opens("/me").text
    assert "取り除きました" in told
    assert ASKS not in told
    with app.app_context():
        assert audit.verify(db.session(), runtime().keys.audit).holds


@pytest.mark.parametrize("act", ["fold", "ask"])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_author_reads_of_it_by_tag_and_by_receipt_and_nothing_about_who_asked(
    app: Flask, reader: Reader, other: Writer, moderator: Staff, act: str, prefix: str
) -> None:
    sent = other.vents(BODY)
    receipt = words_of(other.opens(sent.location) if sent.status_code == 303 else sent)
    asks(reader, f"/t/{other.thread_id}")
    does(moderator, on_desk(moderator), act)
    said = {"": "自分のことが書かれている、という方から", "/en": "this post is about them"}[prefix]
    day = {"": "3月17日", "/en": "Mar 17"}[prefix]
    fresh = Reader(app)
    for page in (other.opens(f"{prefix}/me").text, state(fresh, receipt, prefix)):
        assert said in page
        assert day in page
        assert ASKS not in page
    assert post_now(app, other.post_id).warning == (takedowns.FOLDED if act == "fold" else "")


def test_an_author_who_objects_stops_it_and_a_moderator_decides(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    words = asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold", "聞いています。")
    objection = words_of(objects(author, author.opens("/me").text))
    assert timers(app) == []
    assert "残したいという声が届きました" in state(reader, words)
    days_later(app, 30)
    assert post_now(app, author.post_id).status == "live"
    assert "決めるのは" in moderator.opens("/m/").text
    assert "残したいという声が届きました" in moderator.opens(path).text
    does(moderator, path, "keep", "話し合って、残すことにしました。")
    post = post_now(app, author.post_id)
    assert (post.status, post.warning) == ("live", "")
    page = state(reader, words)
    assert "元のままに残すことにしました" in page
    assert "話し合って、残すことにしました。" in page
    assert "聞いています。" in page
    assert "元にもどしました" in state(author, objection)
    with app.app_context():
        assert cases.case_of(post.id).state == "settled"  # type: ignore[union-attr]


def test_an_author_whose_post_goes_all_the_same_reads_that_both_were_read(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "ask")
    objection = words_of(objects(author, author.opens("/me").text))
    does(moderator, path, "remove", "両方を読んで、取り除くことにしました。")
    assert post_now(app, author.post_id).status == "removed"
    assert "読みなおしました" in state(author, objection)
    assert "取り除きました" in author.opens("/me").text


def test_the_author_objects_by_receipt_alone(
    app: Flask, reader: Reader, other: Writer, moderator: Staff
) -> None:
    sent = other.vents(BODY)
    receipt = words_of(other.opens(sent.location) if sent.status_code == 303 else sent)
    asks(reader, f"/t/{other.thread_id}")
    does(moderator, on_desk(moderator), "ask")
    elsewhere = Writer(app)
    assert objects(elsewhere, state(elsewhere, receipt)).status_code == 200
    assert only_letter(app).step == "objected"


def test_who_objected_to_an_earlier_decision_is_heard_once_more(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    post_id = ids.from_text(author.post_id)
    asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold")
    objects(author, author.opens("/me").text)
    does(moderator, path, "keep", "残します。")
    with app.app_context():
        assert not letters.may_appeal(post_id)
    does(moderator, on_desk(moderator), "answer", "書いてくださって、ありがとうございます。")
    asks(reader, f"/t/{author.thread_id}")
    does(moderator, on_desk(moderator), "fold")
    with app.app_context():
        assert letters.may_appeal(post_id)
        begin_writing()
        post = db.session.get_one(Post, post_id)
        letters.write_letter(kind="appeal", body="やはり残したいです。", about_post=post, hour=1)
        db.session.commit()
        assert not letters.may_appeal(post_id)


def test_what_was_removed_is_put_back_in_full(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    before = post_now(app, author.post_id)
    words = asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold", "聞いています。")
    days_later(app, 8)
    does(moderator, path, "keep", "まちがいでした。もどしました。")
    after = post_now(app, author.post_id)
    shown = ("status", "warning", "source", "html", "number", "day", "revision")
    assert [getattr(after, name) for name in shown] == [getattr(before, name) for name in shown]
    assert BODY in reader.opens(f"/t/{author.thread_id}").text
    assert "元のままに残すことにしました" in state(reader, words)
    assert "元にもどしました" in author.opens("/me").text


def test_words_that_were_erased_cannot_be_put_back_and_the_desk_says_so(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "remove", "取り除きました。")
    with app.app_context(), clock.frozen(EVENING + timedelta(days=15)):
        assert worker.blank_removed() == 1
    again = does(moderator, path, "keep", "もどせますか。", 409)
    assert "元にはもどせません" in again
    assert "もどせますか。" in again
    assert only_letter(app).step == "removed"


def test_what_ends_a_request_needs_a_word_to_whoever_asked(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    for act in ("remove", "keep"):
        assert "一言書いてください" in does(moderator, path, act, status=422)
    assert only_letter(app).step == ""
    does(moderator, path, "keep", "読みました。だれのことかは分からないと思います。")
    assert only_letter(app).step == "kept"
    assert post_now(app, author.post_id).status == "live"
    assert "相談がありました" not in author.opens("/me").text


def test_a_post_behind_its_own_warning_keeps_it(
    app: Flask, reader: Reader, other: Writer, moderator: Staff
) -> None:
    other.vents(BODY, warning="重い話です")
    asks(reader, f"/t/{other.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold")
    assert post_now(app, other.post_id).warning == "重い話です"
    assert "相談がありました" in other.opens("/me").text
    does(moderator, path, "keep", "残します。")
    assert post_now(app, other.post_id).warning == "重い話です"


def test_who_wrote_it_but_has_no_words_asks_by_the_same_form(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    assert "自分の投稿だが、控えがない" in reader.opens("/takedown").text
    words = asks(reader, f"/t/{author.thread_id}", plea="mine")
    path = on_desk(moderator)
    assert "自分の投稿だが、控えがない" in moderator.opens(path).text
    does(moderator, path, "fold", "たたみました。七日たつと取り除きます。")
    assert "書いた本人だという方から" in author.opens("/me").text
    days_later(app, 8)
    assert post_now(app, author.post_id).status == "removed"
    assert "取り除きました" in state(reader, words)


def test_a_choice_that_is_none_comes_back_with_its_text(reader: Reader, author: Writer) -> None:
    answer = reader.sends("/takedown", body=ASKS, about="", plea="everything")
    assert answer.status_code == 422
    assert ASKS in answer.text


def test_an_author_who_takes_it_away_ends_it(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    words = asks(reader, f"/t/{author.thread_id}")
    does(moderator, on_desk(moderator), "ask")
    assert author.sends(f"/p/{author.post_id}/d").status_code == 200
    days_later(app, 8)
    assert "取り除きました" in state(reader, words)
    assert timers(app) == []


def test_what_somebody_is_looking_at_anyway_does_not_go_by_itself(
    app: Flask, reader: Reader, author: Writer, other: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    does(moderator, on_desk(moderator), "ask")
    author_post = author.post_id
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, ids.from_text(author_post)), source="別の言葉です。")
        db.session.commit()
    assert other.flags(author_post, "life").status_code == 200
    days_later(app, 8)
    assert post_now(app, author_post).status == "live"
    assert only_letter(app).step == ""
    assert "決めるのは" in moderator.opens("/m/").text or "返事は" in moderator.opens("/m/").text


def test_what_somebody_began_who_has_left_since_does_not_go_by_itself(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    does(moderator, on_desk(moderator), "ask")
    with app.app_context():
        begin_writing()
        staff.leave(moderator=staff.moderator_named(moderator.name), keys=runtime().keys)
        db.session.commit()
    days_later(app, 8)
    assert post_now(app, author.post_id).status == "live"
    assert only_letter(app).step == ""


def test_a_decision_on_the_case_ends_the_request(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    words = asks(reader, f"/t/{author.thread_id}")
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "remove", rule="1").status_code == 303
    assert "取り除きました" in state(reader, words)
    assert only_letter(app).step == "removed"


def test_a_decision_that_it_may_stand_takes_our_fold_away(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    does(moderator, on_desk(moderator), "fold")
    objects(author, author.opens("/me").text)
    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    assert moderator.decides(case_id, "fine").status_code == 303
    assert post_now(app, author.post_id).warning == ""
    assert only_letter(app).step == "restored"


def test_two_moderators_who_press_at_once_act_once(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    second = Staff(app, "世話人B")
    stale = second.opens(path).text
    does(moderator, path, "fold", "聞いています。")
    from_stale = dict(re.findall(r'name="(csrf_token|seen)"[^>]*value="([^"]*)"', stale))
    late = second.browser.post(path, data=from_stale | {"act": "fold", "words": "こちらも聞きます。"})
    assert late.status_code == 409
    assert "こちらも聞きます。" in late.text
    late = second.browser.post(path, data=from_stale | {"act": "answer", "words": "こちらも返事です。"})
    assert late.status_code == 409
    with app.app_context():
        assert len(db.session.scalars(select(Notice)).all()) == 1
        assert db.session.scalars(select(Letter)).one().answer == "聞いています。"


@pytest.mark.parametrize("act", ["fold", "ask", "remove", "keep"])
@pytest.mark.parametrize("reason", ["life", "attack"])
def test_what_readers_reported_is_not_settled_in_passing(
    app: Flask, reader: Reader, author: Writer, other: Writer, moderator: Staff, act: str, reason: str
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    assert other.flags(author.post_id, reason).status_code == 200
    page = does(moderator, on_desk(moderator), act, "書きかけの返事", 409)
    assert "ほかの知らせも届いています" in page
    assert "書きかけの返事" in page
    assert len(moderator.cases()) == 1
    assert post_now(app, author.post_id).status == "live"
    assert only_letter(app).step == ""


def test_what_is_no_button_is_refused(app: Flask, reader: Reader, author: Writer, moderator: Staff) -> None:
    asks(reader, f"/t/{author.thread_id}")
    assert moderator.sends(on_desk(moderator), act="burn", words="x").status_code == 422
    with app.app_context():
        begin_writing()
        plain = letters.write_letter(kind="letter", body="お礼です。", hour=0)
        letter_id = plain.id
        db.session.commit()
        who = db.session.scalars(select(Moderator)).first()
        assert who
        with pytest.raises(errors.NotFound):
            takedowns.hear(letter_id=letter_id, moderator=who, fold=True, hour=0, audit_key=b"k" * 32)
        db.session.rollback()


def test_a_board_that_was_put_back_goes_on_waiting_for_the_author(
    app: Flask, reader: Reader, author: Writer, moderator: Staff
) -> None:
    keeper = Keeper(app)
    asks(reader, f"/t/{author.thread_id}")
    does(moderator, on_desk(moderator), "fold")
    file = keeper.backs_up()
    keeper.restores(file)
    assert timers(app) == [datetime(2027, 3, 18)]
    days_later(app, 8)
    assert post_now(app, author.post_id).status == "removed"


@pytest.mark.postgres
def test_the_whole_way_of_a_request_goes_on_postgresql_too(postgres_app: Flask) -> None:
    author, reader, moderator = Writer(postgres_app), Reader(postgres_app), Staff(postgres_app)
    author.vents(BODY)
    words = asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold", "聞いています。")
    days_later(postgres_app, 8)
    assert post_now(postgres_app, author.post_id).status == "removed"
    does(moderator, path, "keep", "もどしました。")
    assert post_now(postgres_app, author.post_id).status == "live"
    assert "もどしました。" in state(reader, words)
    with postgres_app.app_context():
        assert audit.verify(db.session(), runtime().keys.audit).holds


@pytest.mark.parametrize("act", ["remove", "keep"])
def test_what_its_author_objects_to_is_decided_by_somebody_else_where_there_is_somebody(
    app: Flask, reader: Reader, author: Writer, moderator: Staff, act: str
) -> None:
    asks(reader, f"/t/{author.thread_id}")
    path = on_desk(moderator)
    does(moderator, path, "fold")
    assert objects(author, author.opens("/me").text).status_code == 200
    other = Staff(app, name="世話人B")
    (case_id,) = other.cases()
    other.takes(case_id)
    page = does(moderator, path, act, words="読んで、決めました。", status=409)
    assert "前に決めた人とは別の世話人が、読んで決めます。" in page
    assert "読んで、決めました。" in page
    assert only_letter(app).step == "objected"
    does(other, path, act, words="読んで、決めました。")
    assert only_letter(app).step == {"remove": "removed", "keep": "restored"}[act]
