"""The house's voice: a word of 世話人 in a thread, whose it is nowhere to be read; templates; what waits; a shift's end."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from forum import clock, errors, firing, ids
from forum.cli.check import WRONG, findings_of
from forum.extensions import begin_writing, db
from forum.forms.wordings import SHIPPED
from forum.models import (
    AuditEntry,
    Case,
    Echo,
    Handover,
    IndexJob,
    Letter,
    Moderator,
    Participant,
    Post,
    Thread,
)
from forum.moderation import audit, letters, lifecycle, wordings
from forum.moderation.entries import Faults
from forum.posting import voice
from forum.queries import cases, public_log
from forum.runtime import runtime
from forum.text import has_open_place
from tests.actors import fields_of
from tests.integration.moderation.scenes import (
    Desk,
    Scene,
    csrf_of,
    decision_fields,
    open_one,
    post_now,
    set_scene,
)

KIND = "読みました。急がなくて大丈夫です。"


def address(scene: Scene) -> str:
    return f"/m/t/{ids.to_text(scene.thread_id)}/voice"


def says(desk: Desk, scene: Scene, body: str = KIND, **fields: str):  # type: ignore[no-untyped-def]
    page = desk.browser.get(address(scene))
    return desk.browser.post(
        address(scene), data=fields_of(page.text, "") | {"body": body, "act": "send"} | fields
    )


def words_of_house(app: Flask, scene: Scene) -> list[Post]:
    with app.app_context():
        query = select(Post).where(Post.thread_id == scene.thread_id, Post.participant_id.is_(None))
        found = list(db.session.scalars(query.order_by(Post.number)))
        db.session.expunge_all()
        return found


def thread_now(app: Flask, scene: Scene) -> Thread:
    with app.app_context():
        thread = db.session.get_one(Thread, scene.thread_id)
        db.session.expunge(thread)
        return thread


def set_thread(app: Flask, scene: Scene, **values: object) -> None:
    with app.app_context():
        begin_writing()
        thread = db.session.get_one(Thread, scene.thread_id)
        for name, value in values.items():
            setattr(thread, name, value)
        db.session.commit()


def speaks_and_is_read(app: Flask) -> None:
    scene, desk = set_scene(app), Desk(app)
    read = f"/t/{ids.to_text(scene.thread_id)}"
    reader = app.test_client()
    reader.get(read)  # its page is kept from now on
    before = thread_now(app, scene)
    answer = says(desk, scene)
    assert answer.status_code == 303, answer.text
    assert "置きました" in desk.browser.get(address(scene)).text
    page = reader.get(read).text
    assert KIND in page
    assert "この場所の者です" in page
    after = thread_now(app, scene)
    assert after.version > before.version
    assert after.live_posts == before.live_posts + 1
    (post,) = words_of_house(app, scene)
    with app.app_context():
        assert db.session.scalar(select(IndexJob).where(IndexJob.post_id == post.id)) is not None
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "voice"))
        assert (entry.reason, entry.case_id) == ("said", None)
        assert audit.verify(db.session, runtime().keys.audit).holds
        assert db.session.scalars(select(Echo).where(Echo.post_id == post.id)).all() == []


def test_a_word_of_the_house_is_read_counted_and_marked(app: Flask) -> None:
    speaks_and_is_read(app)


def test_it_is_the_same_on_postgresql(postgres_app: Flask) -> None:
    speaks_and_is_read(postgres_app)


def test_a_stolen_database_does_not_tell_which_moderator_it_was(app: Flask, desk: Desk, scene: Scene) -> None:
    """Nothing in any row that names the word, or its thread, names a moderator; and the audit names no place."""
    with app.app_context():
        hands = len(db.session.scalars(select(Participant)).all())
    says(desk, scene)
    (post,) = words_of_house(app, scene)
    with app.app_context():
        moderator = db.session.scalars(select(Moderator.id)).one()
        assert len(db.session.scalars(select(Participant)).all()) == hands  # no pseudonym is used up
        naming = []
        for table in inspect(db.engine).get_table_names():
            for row in db.session.execute(db.text(f'SELECT * FROM "{table}"')):
                held = {bytes(value) for value in row if isinstance(value, bytes | memoryview)}
                if moderator in held:
                    naming.append(table)
                    assert not held & {post.id, scene.thread_id}, table
                    assert not any(KIND in str(value) for value in row), table
        assert "audit_entry" in naming


def test_neither_readers_nor_colleagues_see_a_name(app: Flask, desk: Desk, scene: Scene) -> None:
    says(desk, scene)
    other = Desk(app, "ミドリ")
    for page in (
        app.test_client().get(f"/t/{ids.to_text(scene.thread_id)}"),
        other.browser.get(address(scene)),
    ):
        assert KIND in page.text
        assert "アオ" not in page.text
    assert "voice" not in public_log.PUBLIC  # a role beside a day would be half a name


def test_the_same_form_sent_twice_is_one_word(app: Flask, desk: Desk, scene: Scene) -> None:
    sent = fields_of(desk.browser.get(address(scene)).text, "") | {"body": KIND, "act": "send"}
    assert [desk.browser.post(address(scene), data=sent).status_code for _ in range(2)] == [303, 303]
    assert len(words_of_house(app, scene)) == 1
    strange = set_scene(app)
    refused = desk.browser.post(address(strange), data=sent)
    assert refused.status_code == 409
    assert KIND in refused.text
    assert words_of_house(app, strange) == []


def test_what_was_done_is_said_in_its_own_words_whatever_page_comes_next(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    assert says(desk, scene).status_code == 303
    assert "置きました。一日のあいだは" in desk.browser.get("/m/").text
    assert "置きました。一日のあいだは" not in desk.browser.get("/m/").text, "once"
    nothing = desk.browser.post("/m/bulk/open", data={"csrf_token": csrf_of(desk.browser.get("/m/").text)})
    assert nothing.status_code == 303
    assert "まとめて読む案件に、印を付けてください。" in desk.browser.get(address(scene)).text


@pytest.mark.parametrize("code", ["welcome", "slow", "thanks"])
def test_a_template_begins_a_word_and_is_not_sent_unfilled(
    app: Flask, desk: Desk, scene: Scene, code: str
) -> None:
    filled = says(desk, scene, "もう書いた行", act="fill", template=code)
    assert filled.status_code == 200
    form = fields_of(filled.text, "")
    assert form["body"].startswith("もう書いた行\n世話人です。")
    refused = desk.browser.post(address(scene), data=form | {"act": "send"})
    assert refused.status_code == 422
    assert "[ ]のところが残っています" in refused.text
    assert fields_of(refused.text, "")["body"] == form["body"]
    assert words_of_house(app, scene) == []
    done = re.sub(r"[\[［][^\]］]*[\]］]", "灯り", form["body"])
    assert desk.browser.post(address(scene), data=form | {"body": done, "act": "send"}).status_code == 303


def test_a_number_does_not_slip_out_and_may_be_masked(app: Flask, desk: Desk, scene: Scene) -> None:
    asked = says(desk, scene, "世話人です。080-2345-6789 に電話をください。")
    assert asked.status_code == 422
    assert "<mark>" in asked.text
    assert 'value="asis"' not in asked.text
    form = fields_of(asked.text, "")
    for act in ("asis", "send"):
        assert desk.browser.post(address(scene), data=form | {"act": act}).status_code == 422
    assert words_of_house(app, scene) == []
    marks = re.findall(r'name="m" value="(\d+)"', asked.text)
    answer = desk.browser.post(address(scene), data=form | {"act": "mask", "m": marks})
    assert answer.status_code == 303, answer.text
    (post,) = words_of_house(app, scene)
    assert "080" not in post.source
    assert "〇〇" in post.source
    with app.app_context():
        assert db.session.scalars(select(Case)).all() == []


def test_to_somebody_who_wants_an_ear_advice_is_asked_about_once(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    set_thread(app, scene, wish="listen")
    lecture = "ご主人ともう一度話し合ったほうがいいですよ。"
    asked = says(desk, scene, lecture)
    assert asked.status_code == 422
    assert "ただ聞いてほしい" in asked.text
    form = fields_of(asked.text, "")
    other = desk.browser.post(address(scene), data=form | {"act": "asis", "body": lecture + "絶対に。"})
    assert other.status_code == 422, "what was not shown is not waved through"
    assert desk.browser.post(address(scene), data=form | {"act": "asis"}).status_code == 303
    set_thread(app, scene, wish="advice")
    assert says(desk, scene, lecture).status_code == 303


def test_where_the_house_speaks_and_where_it_keeps_quiet(app: Flask, desk: Desk) -> None:
    locked, closed, gone, ended, hidden = (set_scene(app) for _ in range(5))
    forms = {
        one: fields_of(desk.browser.get(address(one)).text, "") | {"body": KIND, "act": "send"}
        for one in (locked, closed, gone, ended, hidden)
    }
    with app.app_context():
        begin_writing()
        lifecycle.lock(db.session.get_one(Thread, locked.thread_id))
        lifecycle.erase(db.session.get_one(Post, gone.opening_id))
        lifecycle.hide(db.session.get_one(Post, hidden.opening_id))
        db.session.commit()
    set_thread(app, closed, is_closed=True)
    set_thread(app, ended, ends_on=clock.today() - timedelta(days=1))
    status = {one: desk.browser.post(address(one), data=form).status_code for one, form in forms.items()}
    assert status == {locked: 303, closed: 409, gone: 409, ended: 404, hidden: 404}
    kept = desk.browser.post(address(closed), data=forms[closed])
    assert KIND in kept.text
    assert "書いた人が返事を閉じています" in desk.browser.get(address(closed)).text
    assert desk.browser.get(address(ended)).status_code == 404
    assert desk.browser.get("/m/t/" + "A" * 22 + "/voice").status_code == 404


def test_any_moderator_changes_it_or_takes_it_back_within_a_day(app: Flask, desk: Desk, scene: Scene) -> None:
    says(desk, scene)
    (post,) = words_of_house(app, scene)
    name, other = ids.to_text(post.id), Desk(app, "ミドリ")
    form = fields_of(other.browser.get(f"/m/v/{name}").text, "")
    assert form["body"] == KIND
    assert other.browser.post(f"/m/v/{name}", data=form | {"body": "言いなおしました。"}).status_code == 303
    assert post_now(app, post.id).source == "言いなおしました。"
    stale = desk.browser.post(
        f"/m/v/{name}", data=form | {"csrf_token": csrf_of(desk.browser.get(f"/m/v/{name}").text)}
    )
    assert stale.status_code == 409
    assert KIND in stale.text, "nothing that was typed is lost"
    token = csrf_of(desk.browser.get(address(scene)).text)
    assert desk.browser.post(f"/m/v/{name}/back", data={"csrf_token": token}).status_code == 303
    assert (post_now(app, post.id).status, post_now(app, post.id).source) == ("deleted", "")
    assert "言いなおしました" not in app.test_client().get(f"/t/{ids.to_text(scene.thread_id)}").text
    assert desk.browser.get(f"/m/v/{name}").status_code == 404
    with app.app_context():
        reasons = db.session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "voice")).all()
        assert sorted(reasons) == ["changed", "said", "taken_back"]


def test_after_a_day_it_stands(app: Flask, desk: Desk, scene: Scene) -> None:
    says(desk, scene)
    (post,) = words_of_house(app, scene)
    page = desk.browser.get(address(scene)).text
    assert f"/m/v/{ids.to_text(post.id)}/back" in page
    form = fields_of(desk.browser.get(f"/m/v/{ids.to_text(post.id)}").text, "")
    with app.app_context():
        later = clock.now() + timedelta(hours=24, minutes=31)
    with clock.frozen(later - timedelta(hours=1)):
        assert desk.browser.get("/m/").status_code in {200, 303}
    with clock.frozen(later):
        late = Desk(app, "ミドリ")
        assert f"/m/v/{ids.to_text(post.id)}/back" not in late.browser.get(address(scene)).text
        token = csrf_of(late.browser.get(address(scene)).text)
        for path in ("", "/back"):
            sent = form | {"csrf_token": token, "body": "おそい"}
            assert late.browser.post(f"/m/v/{ids.to_text(post.id)}{path}", data=sent).status_code == 409
    assert post_now(app, post.id).source == KIND


def test_a_case_ends_the_day_and_takes_it_away_as_any_other(app: Flask, desk: Desk, scene: Scene) -> None:
    says(desk, scene)
    (post,) = words_of_house(app, scene)
    case_id = open_one(app, post.id, lane=5)
    page = desk.opens(case_id)
    assert "世話人" in page.text
    answer = desk.decides(case_id, page, outcome="remove", rule="3", note_author="", sanction="")
    assert answer.status_code == 303, answer.text
    assert post_now(app, post.id).status == "removed"
    assert "/back" not in desk.browser.get(address(scene)).text


def test_nobody_elses_post_is_changed_here(app: Flask, desk: Desk, scene: Scene) -> None:
    name = ids.to_text(scene.reply_id)
    token = csrf_of(desk.browser.get(address(scene)).text)
    for path in (f"/m/v/{name}", f"/m/v/{name}/back"):
        answer = desk.browser.post(path, data={"csrf_token": token, "body": "x", "act": "send"})
        assert answer.status_code == 404
    assert post_now(app, scene.reply_id).status == "live"


def lonely(app: Flask, *, days_ago: int = 0, wish: str = "experience", title: str = "ひとりの話") -> Scene:
    """A story without an answer."""
    scene = set_scene(app, title=title, reply_status="held")
    set_thread(app, scene, created_day=clock.today() - timedelta(days=days_ago), wish=wish)
    return scene


def test_what_waits_says_by_when_and_an_answer_of_the_house_counts(app: Flask, desk: Desk) -> None:
    noon = clock.now().replace(hour=12, minute=0)
    with clock.frozen(noon):
        new, listening, old = (
            lonely(app, title="きょうの話"),
            lonely(app, days_ago=1, wish="listen", title="聞いてほしい話"),
            lonely(app, days_ago=3, title="待っている話"),
        )
        desk = Desk(app, "ミドリ")
        page = desk.browser.get("/m/").text
        part = page[page.index("h-waiting") : page.index('id="letters"')]
        rows = re.findall(r"<p>([^<]+)</p><p class=\"meta\"><span class=\"lamp\">([^<]+)", part)
        assert rows == [
            ("待っている話", "過ぎています"),
            ("聞いてほしい話", "今日のうちに"),
            ("きょうの話", "あすの当番のうちに"),
        ]
        for one in (new, listening, old):
            assert address(one) in part
        assert says(desk, listening).status_code == 303
        assert "聞いてほしい話" not in desk.browser.get("/m/").text
        with app.app_context():
            assert cases.answered_this_week() == 1
        set_thread(app, new, is_closed=True)
        set_thread(app, old, is_locked=True)
        assert "どの話にも、返事があります" in desk.browser.get("/m/").text


def test_from_an_address_to_the_page_on_which_to_write(app: Flask, desk: Desk, scene: Scene) -> None:
    form = fields_of(desk.browser.get("/m/voice").text, "")
    typed = f"https://nagi.example/t/{ids.to_text(scene.thread_id)}#p2"
    assert desk.browser.post("/m/voice", data=form | {"where": typed}).location == address(scene)
    lost = desk.browser.post("/m/voice", data=form | {"where": "どこかの話"})
    assert lost.status_code == 422
    assert "どこかの話" in lost.text


def test_a_letter_is_answered_from_a_template_and_not_with_an_open_place(app: Flask, desk: Desk) -> None:
    with app.app_context():
        begin_writing()
        letter = letters.write_letter(kind="letter", body="ひとこと。", hour=0)
        path = f"/m/l/{ids.to_text(letter.id)}"
        letter_id = letter.id
        db.session.commit()
    page = desk.browser.get(path).text
    form = fields_of(page, "")
    filled = desk.browser.post(path, data=form | {"act": "fill", "template": "read", "words": "先に書いた行"})
    assert filled.status_code == 200
    typed = fields_of(filled.text, "")
    assert typed["words"].startswith("先に書いた行\n")
    refused = desk.browser.post(path, data=typed | {"act": "answer"})
    assert refused.status_code == 422
    assert fields_of(refused.text, "")["words"] == typed["words"]
    assert "[ ]のところが残っています" in refused.text
    with app.app_context():
        assert db.session.get_one(Letter, letter_id).state == "open"
    done = desk.browser.post(path, data=typed | {"act": "answer", "words": "読みました。"})
    assert done.status_code == 303


def test_an_operators_own_templates_stand_behind_the_shipped_ones(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    with app.app_context():
        path = Path(runtime().settings.instance) / wordings.OWN
    path.write_text(
        '[[template]]\nkind = "voice"\nlabel = "雪の夜"\nwords = "世話人です。［どこ］は雪ですか。"\n'
        '[[template]]\nkind = "note"\nlabel = "町の名"\nwords = "町の名を伏せました。"\n',
        encoding="utf-8",
    )
    code = wordings.code_of("雪の夜")
    assert f'<option value="{code}">雪の夜</option>' in desk.browser.get(address(scene)).text
    filled = fields_of(says(desk, scene, "", act="fill", template=code).text, "")
    assert "雪ですか" in filled["body"]
    assert desk.browser.post(address(scene), data=filled | {"act": "send"}).status_code == 422
    case_id = open_one(app, scene.reply_id)
    page = desk.opens(case_id)
    assert "町の名</option>" in page.text
    assert "雪の夜" not in page.text
    note = decision_fields(page.text) | {"act": "fill", "template": wordings.code_of("町の名")}
    assert "町の名を伏せました。" in desk.browser.post(f"/m/c/{case_id}", data=note).text
    open_note = decision_fields(page.text) | {"outcome": "fine", "note_author": "［どこ］を伏せました。"}
    refused = desk.browser.post(f"/m/c/{case_id}", data=open_note)
    assert refused.status_code == 422
    assert "［どこ］を伏せました。" in refused.text


def test_a_slip_in_the_file_is_named_and_keeps_nobody_from_answering(
    app: Flask, desk: Desk, scene: Scene
) -> None:
    with app.app_context():
        path = Path(runtime().settings.instance) / wordings.OWN
        environ = {"FORUM_INSTANCE": str(runtime().settings.instance), "FORUM_SEARCH": "memory"}
    sound = '[[template]]\nkind = "voice"\nlabel = "よい"\nwords = "世話人です。"\n'
    path.write_text(
        sound
        + '[[template]]\nkind = "poem"\nlabel = "a"\nwords = "b"\n'
        + '[[template]]\nkind = "note"\nlabel = ""\nwords = "b"\n'
        + '[[template]]\nkind = "note"\nlabel = "c"\nword = "b"\n'
        + sound
        + f'[[template]]\nkind = "note"\nlabel = "long"\nwords = "{"あ" * 2001}"\n',
        encoding="utf-8",
    )
    wrong = [text for level, text in findings_of(environ) if level == WRONG and wordings.OWN in text]
    assert wrong == [
        "templates.toml: template 2: kind is one of note, answer, voice",
        "templates.toml: template 3: label is one line of 40 letters at most",
        "templates.toml: template 4: unknown key word",
        "templates.toml: template 4: words is the text it begins with",
        "templates.toml: template 5: another voice is called よい",
        "templates.toml: template 6: a note has 2000 letters at most",
    ]
    assert "よい</option>" in desk.browser.get(address(scene)).text
    path.write_text("[[template", encoding="utf-8")
    assert len(wordings.faults_of(path)) == 1
    assert says(desk, scene).status_code == 303


def test_shipped_templates_fit_and_open_places_are_seen_in_either_width() -> None:
    assert SHIPPED.keys() == wordings.LENGTHS.keys()
    for kind, listed in SHIPPED.items():
        for _label, words in listed.values():
            assert len(str(words)) <= wordings.LENGTHS[kind]
    assert has_open_place("［どこ］")
    assert has_open_place("[どこ］です")
    assert not has_open_place("［ここは\n別の行］")
    assert wordings.read_own(Path("/nowhere.toml"), Faults()) == {kind: {} for kind in wordings.LENGTHS}


def test_a_shift_ends_on_something_kind(app: Flask, desk: Desk, scene: Scene) -> None:
    assert 'href="/m/end"' in desk.browser.get("/m/").text
    page = desk.browser.get("/m/end").text
    assert "今週は1件の話に返事が届きました。" in page
    form = fields_of(page, "")
    answer = desk.browser.post("/m/end", data=form | {"words": "静かな夜でした。"})
    assert (answer.status_code, answer.location) == (303, "/m/login")
    assert desk.browser.get("/m/").location == "/m/login"
    with app.app_context():
        assert db.session.scalars(select(Handover.words)).one() == "静かな夜でした。"
    other = Desk(app, "ミドリ")
    page = other.browser.get("/m/end").text
    assert "静かな夜でした。" in page
    assert other.browser.post("/m/end", data=fields_of(page, "")).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Handover.words)).one() == "静かな夜でした。"
    long = Desk(app, "アカネ")
    sent = fields_of(long.browser.get("/m/end").text, "") | {"words": "あ" * 601}
    refused = long.browser.post("/m/end", data=sent)
    assert refused.status_code == 422
    assert "あ" * 601 in refused.text


def test_its_timer_only_ends(app: Flask, desk: Desk, scene: Scene) -> None:
    says(desk, scene)
    (post,) = words_of_house(app, scene)
    with app.app_context():
        begin_writing()
        assert firing.fire("edit", post.id) is False
        db.session.commit()
    assert post_now(app, post.id).status == "live"


def test_the_verbs_refuse_an_open_place_whoever_calls_them(app: Flask, desk: Desk, scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        moderator = db.session.scalars(select(Moderator)).one()
        key, policy = runtime().keys.audit, runtime().policy
        draft = voice.look_at("世話人です。［どこ］", policy, listens=False, insists=True)
        with pytest.raises(errors.Invalid, match="unfilled"):
            voice.say(
                thread_id=scene.thread_id,
                post_id=ids.new_id(),
                moderator=moderator,
                draft=draft,
                audit_key=key,
            )
        letter = letters.write_letter(kind="letter", body="ひとこと。", hour=0)
        with pytest.raises(errors.Invalid, match="unfilled"):
            letters.answer_letter(letter_id=letter.id, moderator=moderator, words="[どこ]", audit_key=key)
        db.session.rollback()
