"""What readers tell the caretakers, and what they learn of it."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from forum import errors, ids
from forum.extensions import begin_writing, db
from forum.models import Case, Decision, Flag, Moderator, Participant, Post
from forum.moderation import flags, letters, lifecycle, notices, wishes
from tests.actors import decide_at_once
from tests.integration.moderation.scenes import Scene, add, add_hands, keys_of, set_scene


@pytest.fixture
def scene(app: Flask) -> Scene:
    add(app, "アオ")
    return set_scene(app)


@pytest.fixture
def hands(app: Flask, scene: Scene) -> list[bytes]:
    return add_hands(app, scene.thread_id, 4)


def flag(app: Flask, scene: Scene, hand: bytes, reason: str = "identity", note: str = "") -> bytes:
    with app.app_context():
        begin_writing()
        made = flags.flag_post(
            post=db.session.get_one(Post, scene.reply_id),
            participant=db.session.get_one(Participant, hand),
            reason=reason,
            note=note,
            hour=3,
        )
        flag_id = bytes(made.id)
        db.session.commit()
    return flag_id


def decide(app: Flask, outcome: str, **fields: object) -> None:
    with app.app_context():
        begin_writing()
        case = db.session.scalars(select(Case)).one()
        post = db.session.get_one(Post, case.target_id)
        decide_at_once(
            case_id=case.id,
            version=case.version,
            revision=post.revision,
            moderator=db.session.scalars(select(Moderator)).one(),
            outcome=outcome,
            audit_key=keys_of(app).audit,
            **fields,  # type: ignore[arg-type]
        )
        db.session.commit()


def outcome(app: Flask, flag_id: bytes) -> str:
    with app.app_context():
        return flags.outcome_for(db.session.get_one(Flag, flag_id))


def only_case(app: Flask) -> Case:
    with app.app_context():
        case = db.session.scalars(select(Case)).one()
        db.session.expunge(case)
        return case


@pytest.mark.parametrize(
    ("reason", "lane"),
    [("life", 1), ("identity", 2), ("attack", 3), ("harsh", 3), ("solicitation", 4), ("other", 5)],
)
def test_the_reason_decides_the_lane(
    app: Flask, scene: Scene, hands: list[bytes], reason: str, lane: int
) -> None:
    flag(app, scene, hands[0], reason)
    assert only_case(app).lane == lane


def test_a_case_takes_the_gravest_reason_and_keeps_it(app: Flask, scene: Scene, hands: list[bytes]) -> None:
    for hand, reason in zip(hands, ("other", "life", "solicitation"), strict=False):
        flag(app, scene, hand, reason)
    assert only_case(app).lane == 1


def test_the_same_person_flagging_the_same_text_again_is_one_flag(
    app: Flask, scene: Scene, hands: list[bytes]
) -> None:
    assert flag(app, scene, hands[0]) == flag(app, scene, hands[0], "life")
    assert only_case(app).lane == 2


def test_a_flag_on_a_text_found_fine_is_kept_and_does_not_reopen(
    app: Flask, scene: Scene, hands: list[bytes]
) -> None:
    flag(app, scene, hands[0])
    decide(app, "fine")
    later = flag(app, scene, hands[1])
    assert only_case(app).state == "settled"
    assert outcome(app, later) == "within_rules"


def test_a_flag_on_a_new_revision_reopens(app: Flask, scene: Scene, hands: list[bytes]) -> None:
    first = flag(app, scene, hands[0])
    decide(app, "fine")
    with app.app_context():
        begin_writing()
        lifecycle.revise(db.session.get_one(Post, scene.reply_id), source="別のことを書きました。")
        db.session.commit()
    second = flag(app, scene, hands[1])
    case = only_case(app)
    assert (case.state, case.revision) == ("open", 2)
    assert outcome(app, first) == "within_rules"
    assert outcome(app, second) == "received"


def test_a_masked_text_is_a_new_one(app: Flask, scene: Scene, hands: list[bytes]) -> None:
    first = flag(app, scene, hands[0])
    decide(app, "mask", rule=1, mask_spans=[wishes.Span("body", 0, 4)])
    assert outcome(app, first) == "acted"
    flag(app, scene, hands[1])
    assert only_case(app).state == "open"


def test_who_was_hurt_never_gets_only_the_rules(app: Flask, scene: Scene, hands: list[bytes]) -> None:
    harsh = flag(app, scene, hands[0], "harsh")
    assert outcome(app, harsh) == "received"
    decide(app, "fine")
    assert outcome(app, harsh) == "softly"


def test_who_was_hurt_hears_that_somebody_spoke_only_when_somebody_did(
    app: Flask, scene: Scene, hands: list[bytes]
) -> None:
    harsh, attack = flag(app, scene, hands[0], "harsh"), flag(app, scene, hands[1], "attack")
    decide(app, "fine")
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        assert post.participant_id
        notices.tell(
            decision=db.session.scalars(select(Decision)).one(),
            post=post,
            participant_id=post.participant_id,
            passage="",
            words="あなたの側から書くと、届きやすくなります。",
        )
        db.session.commit()
    assert (outcome(app, harsh), outcome(app, attack)) == ("spoken", "within_rules")


def test_a_removal_is_told_as_acted(app: Flask, scene: Scene, hands: list[bytes]) -> None:
    told = flag(app, scene, hands[0], "solicitation")
    decide(app, "remove", rule=4)
    assert outcome(app, told) == "acted"


def test_a_text_its_writer_took_away_is_told_as_checked(app: Flask, scene: Scene, hands: list[bytes]) -> None:
    told = flag(app, scene, hands[0])
    with app.app_context():
        begin_writing()
        lifecycle.erase(db.session.get_one(Post, scene.reply_id))
        db.session.commit()
    decide(app, "fine")
    assert outcome(app, told) == "checked"


@pytest.mark.parametrize(
    ("reason", "note", "code"), [("rumour", "", "unknown"), ("life", "あ" * 301, "too_long")]
)
def test_a_reason_or_note_that_does_not_fit_is_refused(
    app: Flask, scene: Scene, hands: list[bytes], reason: str, note: str, code: str
) -> None:
    with pytest.raises(errors.Invalid) as refused:
        flag(app, scene, hands[0], reason, note)
    assert refused.value.code == code


def test_a_participant_of_another_thread_does_not_flag(app: Flask, scene: Scene) -> None:
    stranger = add_hands(app, set_scene(app).thread_id, 1)[0]
    with pytest.raises(errors.NotFound):
        flag(app, scene, stranger)


@pytest.mark.parametrize("taken", [lifecycle.remove, lifecycle.hide, lifecycle.erase])
def test_a_text_taken_away_meanwhile_is_gone_for_flags(
    app: Flask, scene: Scene, hands: list[bytes], taken: Callable[[Post], bool]
) -> None:
    with app.app_context():
        stale = db.session.get_one(Post, scene.reply_id)
        hand = db.session.get_one(Participant, hands[0])
        db.session.expunge(stale)
        db.session.rollback()
        taken(db.session.get_one(Post, scene.reply_id))
        db.session.commit()
        assert stale.status == "live"
        begin_writing()
        with pytest.raises(errors.Gone):
            flags.flag_post(post=db.session.merge(stale, load=False), participant=hand, reason="life", hour=1)
        db.session.rollback()
        assert db.session.scalars(select(Case)).all() == []


def test_an_appeal_is_possible_once_and_opens_the_case_again(
    app: Flask, scene: Scene, hands: list[bytes]
) -> None:
    flag(app, scene, hands[0], "solicitation")
    with pytest.raises(errors.NotFound):
        _appeal(app, scene)
    decide(app, "remove", rule=4)
    _appeal(app, scene)
    assert (only_case(app).state, only_case(app).source) == ("open", "letter")
    with pytest.raises(errors.Already):
        _appeal(app, scene)
    decide(app, "publish")
    with app.app_context():
        assert db.session.get_one(Post, scene.reply_id).status == "live"


def test_a_request_of_somebody_written_about_opens_a_case_of_lane_two(app: Flask, scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        letters.write_letter(kind="takedown", body="わたしのことです。", about_post=post, hour=1)
        db.session.commit()
    assert only_case(app).lane == 2


def test_a_letter_is_answered_once(app: Flask, scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        letter = letters.write_letter(
            kind="letter", body="控えをなくしました。", hour=0, letter_id=ids.new_id()
        )
        moderator, key = db.session.scalars(select(Moderator)).one(), keys_of(app).audit
        with pytest.raises(errors.Invalid):
            letters.answer_letter(letter_id=letter.id, moderator=moderator, words="  ", audit_key=key)
        letters.answer_letter(letter_id=letter.id, moderator=moderator, words="読みました。", audit_key=key)
        with pytest.raises(errors.Stale):
            letters.answer_letter(letter_id=letter.id, moderator=moderator, words="別の返事", audit_key=key)
        assert letter.answer == "読みました。"


def _appeal(app: Flask, scene: Scene) -> None:
    with app.app_context():
        begin_writing()
        post = db.session.get_one(Post, scene.reply_id)
        letters.write_letter(kind="appeal", body="勧誘ではありません。", about_post=post, hour=5)
        db.session.commit()
