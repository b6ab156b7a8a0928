"""The record of what moderators did: any change, gap or truncation is found."""

import pytest
from flask import Flask
from sqlalchemy import delete, update

from forum.cli.audit import audit as audit_command
from forum.extensions import begin_writing, db
from forum.models import AuditEntry, AuditHead
from forum.moderation import audit

KEY = bytes(range(32))


@pytest.fixture
def chain(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Twelve acts, read in batches of five."""
    monkeypatch.setattr(audit, "BATCH", 5)
    with app.app_context():
        begin_writing()
        for number in range(12):
            audit.record(key=KEY, action="fine" if number % 2 else "remove", rule=number % 6, reason="flag")
        db.session.commit()
    return app


def checked(app: Flask, expect: audit.Anchor | None = None) -> audit.VerifyResult:
    with app.app_context():
        return audit.verify(db.session(), KEY, expect=expect)


def tampered(app: Flask, statement: object) -> audit.VerifyResult:
    with app.app_context():
        begin_writing()
        db.session.execute(statement)  # type: ignore[call-overload]
        db.session.commit()
    return checked(app)


def test_a_whole_record_holds_and_says_how_it_ends(chain: Flask) -> None:
    result = checked(chain)
    assert result.holds
    assert result.end.number == 12
    assert audit.parse_anchor(str(result.end)) == result.end


def test_an_empty_record_holds(app: Flask) -> None:
    assert checked(app).holds


@pytest.mark.parametrize(
    "change",
    [{"action": "hide"}, {"rule": 5}, {"role": "lead"}, {"reason": ""}, {"lane": 1}, {"actor_id": bytes(16)},
     {"case_id": bytes(16)}, {"digest": bytes(32)}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_field_is_found_where_it_stands(chain: Flask, change: dict[str, object]) -> None:
    result = tampered(chain, update(AuditEntry).where(AuditEntry.number == 7).values(**change))
    assert not result.holds
    assert result.fault == "changed"
    assert result.at == 7


def test_a_gap_is_found(chain: Flask) -> None:
    result = tampered(chain, delete(AuditEntry).where(AuditEntry.number == 4))
    assert (result.fault, result.at) == ("gap", 4)


def test_a_missing_first_row_is_found(chain: Flask) -> None:
    assert tampered(chain, delete(AuditEntry).where(AuditEntry.number == 1)).fault == "gap"


def test_a_cut_off_end_is_found(chain: Flask) -> None:
    result = tampered(chain, delete(AuditEntry).where(AuditEntry.number > 9))
    assert (result.fault, result.at) == ("truncated", 10)


def test_a_cut_off_end_is_found_even_when_the_head_is_set_back(chain: Flask) -> None:
    with chain.app_context():
        ninth = db.session.get_one(AuditEntry, 9).digest
    tampered(chain, delete(AuditEntry).where(AuditEntry.number > 9))
    result = tampered(chain, update(AuditHead).values(number=9, digest=ninth))
    assert result.fault == "head"


def test_a_missing_head_is_found(chain: Flask) -> None:
    assert tampered(chain, delete(AuditHead)).fault == "head"


def test_a_row_behind_the_end_is_found(chain: Flask) -> None:
    with chain.app_context():
        begin_writing()
        last = db.session.get_one(AuditEntry, 12)
        db.session.add(
            AuditEntry(number=13, day=last.day, role="lead", action="fine", lane=0, rule=0, digest=bytes(32))
        )
        db.session.commit()
    assert checked(chain).fault == "head"


def test_an_old_record_put_back_whole_is_found_by_its_anchor(chain: Flask) -> None:
    with chain.app_context():
        old_head = db.session.get_one(AuditHead, audit.HEAD_ID)
        number, digest, mac = old_head.number, old_head.digest, old_head.mac
        begin_writing()
        audit.record(key=KEY, action="lock")
        db.session.commit()
    anchor = checked(chain).end
    tampered(chain, delete(AuditEntry).where(AuditEntry.number > number))
    replayed = tampered(chain, update(AuditHead).values(number=number, digest=digest, mac=mac))
    assert replayed.holds, "every copy was true once: this is what the anchor is for"
    assert checked(chain, expect=anchor).fault == "anchor"


def test_a_longer_record_still_runs_through_an_earlier_anchor(chain: Flask) -> None:
    anchor = checked(chain).end
    with chain.app_context():
        begin_writing()
        audit.record(key=KEY, action="lock")
        db.session.commit()
    assert checked(chain, expect=anchor).holds
    assert checked(chain, expect=audit.Anchor(anchor.number, bytes(32))).fault == "anchor"


def test_another_key_does_not_fit(chain: Flask) -> None:
    with chain.app_context():
        assert not audit.verify(db.session(), bytes(32)).holds


def test_the_record_takes_codes_only(app: Flask) -> None:
    with app.app_context():
        begin_writing()
        with pytest.raises(ValueError, match="codes"):
            audit.record(key=KEY, action="fine", reason="町の名前が書いてありました")


def test_the_command_prints_an_anchor_and_fails_on_a_change(chain: Flask) -> None:
    with chain.app_context():
        begin_writing()
        db.session.execute(delete(AuditEntry))
        db.session.execute(delete(AuditHead))
        db.session.commit()
        runner = chain.test_cli_runner()
    key = chain.extensions["nagi"].keys.audit
    with chain.app_context():
        begin_writing()
        audit.record(key=key, action="fine")
        db.session.commit()
    from_command = runner.invoke(audit_command, ["verify"])
    assert from_command.exit_code == 0, from_command.output
    anchor = from_command.output.split("anchor ")[1].strip()
    assert runner.invoke(audit_command, ["verify", "--expect", anchor]).exit_code == 0
    assert runner.invoke(audit_command, ["verify", "--expect", "nonsense"]).exit_code == 2
    tampered(chain, update(AuditEntry).values(rule=3))
    broken = runner.invoke(audit_command, ["verify"])
    assert broken.exit_code == 1
    assert "row 1" in broken.output
