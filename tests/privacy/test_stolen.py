"""What a thief has who took the database, and perhaps one cookie with it."""

import secrets
from collections.abc import Callable
from pathlib import Path

import redis
from flask import Flask

from forum.extensions import db
from forum.identity.cookie import open_cookie
from forum.identity.keys import Keys
from forum.identity.seeds import derive
from forum.models import Participant, Thread
from forum.runtime import runtime
from tests.actors import Reader, Writer

WORDS = "夜の台所で、ひとり白湯を飲んでいます。"
ADDRESS, AGENT, TEXT = "203.0.113.77", "Agent-canary-81f3", "ほかのどこにもない言葉を、カナリアと呼びました。"
SENDER = {
    "User-Agent": AGENT,
    "Accept-Language": "tlh-canary-81f3",
    "X-Forwarded-For": f"10.1.2.3, {ADDRESS}",
    "X-Real-IP": ADDRESS,
    "Forwarded": f"for={ADDRESS}",
    "Sec-CH-UA": "canary-81f3",
}


def test_the_dump_and_a_cookie_match_nothing_without_the_pepper(
    app: Flask, writer: Writer, other: Writer
) -> None:
    writer.vents(WORDS)
    other.vents("べつの人の話です。")
    writer.replies(other.thread_id, "読みました。")
    cookie = writer.browser.get_cookie("s")
    assert cookie
    with app.app_context():
        keys = runtime().keys
        state = open_cookie(cookie.value, keys)
        assert state
        assert state.seed
        threads = list(db.session.scalars(db.select(Thread.id)))
        tags = set(db.session.scalars(db.select(Participant.tag)))
    guessed = Keys(keys.cookie, {1: secrets.token_bytes(32)}, keys.seal, keys.form, keys.audit)
    assert not tags & {derive(state.seed, guessed).tag(thread, 1) for thread in threads}
    assert len(tags & {derive(state.seed, keys).tag(thread, 1) for thread in threads}) == 2


def test_nothing_of_a_sender_is_found_anywhere_afterwards(
    make_app: Callable[..., Flask], instance: Path, redis_url: str, capfd: object, caplog: object
) -> None:
    app = make_app(redis_url=redis_url, proxy_hops="1", search="whoosh")
    writer, reader = Writer(app), Reader(app)
    for person in (writer, reader):
        person.browser.environ_base.update(
            {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in SENDER.items()}
        )
        person.browser.environ_base["REMOTE_ADDR"] = ADDRESS
    writer.vents(TEXT)
    cookie = writer.browser.get_cookie("__Host-s") or writer.browser.get_cookie("s")
    reader.opens(f"/t/{writer.thread_id}", headers={"Referer": "https://canary-81f3.example/"})
    reader.sends(f"/p/{writer.post_id}/f", reason="other", note="")
    reader.sends("/s", q="canary-81f3-query")
    reader.opens("/nowhere")
    said = capfd.readouterr()  # type: ignore[attr-defined]
    kept = {str(path): path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    client = redis.Redis.from_url(redis_url)
    for name in client.scan_iter():
        kept[repr(name)] = name + (client.dump(name) or b"")
    kept["output"] = (said.out + said.err + caplog.text).encode()  # type: ignore[attr-defined]
    client.close()
    never = [ADDRESS, AGENT, "203.0.113", "tlh-canary", "canary-81f3.example", "canary-81f3-query"]
    never += [cookie.value] if cookie else []
    for place, raw in kept.items():
        assert not [word for word in never if word.encode() in raw], place
        if TEXT.encode() in raw:
            assert "nagi.sqlite3" in place, place
    assert any(TEXT.encode() in raw for raw in kept.values())
