"""The price of an identity: it rises with what a network and the board take in a day, and it never refuses."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis
from flask import Flask, request
from werkzeug.test import TestResponse

from forum import clock
from forum.extensions import db, limiter
from forum.identity.phrase import phrase_for
from forum.identity.price import MOST_LEVEL, price_at
from forum.models import Letter, Post, Reaction
from forum.runtime import runtime
from forum.web import limits, price
from forum.web.edge import BUCKET, bucket_of
from tests.actors import Reader, Writer, fields_of
from tests.privacy.test_recovery import phrase_of
from tests.unit.identity.test_price import work_for

CROWDED, QUIET = "203.0.113.7", "198.51.100.9"
SECONDS = 2
WORDS = "はじめて書きます。"
# A morning, so that no test runs over midnight.
BEGAN = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BOARD_ZONE)
KIND = "ほどで送れます。書いたものはここに残っています。"


class Guest(Reader):
    """Somebody without a key, behind an address, with a form before them."""

    def __init__(self, app: Flask, address: str = CROWDED, path: str = "/n/r2", **fields: str) -> None:
        super().__init__(app)
        self.path = path
        self.browser.environ_base["REMOTE_ADDR"] = address
        page = self.opens(path).text
        self.asked = asked_on(page)
        self.fields = fields_of(page, path) | ({"body": WORDS} if path.startswith("/n/") else {}) | fields

    def sends_it(self, **fields: str) -> TestResponse:
        answer = self.browser.post(self.path, data=self.fields | fields)
        shown = fields_of(answer.text, self.path)
        if "ticket" in shown:
            self.fields |= {name: shown[name] for name in ("ticket", "proof", "csrf_token")}
            self.asked = asked_on(answer.text)
        return answer

    def works(self) -> str:
        return work_for(self.fields["ticket"], self.asked["bits"])


def asked_on(page: str) -> dict[str, int]:
    """What the page asks of its script."""
    return {name: int(number) for name, number in re.findall(r'data-(wait|unproven|bits)="(\d+)"', page)}


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with clock.frozen(clock.now() + timedelta(seconds=seconds)):
        yield


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with clock.frozen(BEGAN):
        yield


@pytest.fixture
def board(make_app: Callable[..., Flask]) -> Flask:
    return make_app(ticket_seconds=str(SECONDS))


def others_came(app: Flask, count: int, address: str = CROWDED) -> None:
    """So many others got an identity today behind this address."""
    with app.app_context():
        bucket = bucket_of(address, runtime().day_key.current())
    with app.test_request_context(environ_overrides={BUCKET: bucket}):
        for _ in range(count):
            price.count_identity()


def level_behind(app: Flask, address: str = CROWDED) -> int:
    asked = Guest(app, address).asked
    return next(level for level in range(MOST_LEVEL + 1) if price_at(level, SECONDS).bits == asked["bits"])


def test_two_hundred_identities_from_one_network_get_dearer_and_wait_and_none_is_refused(
    board: Flask,
) -> None:
    waits: list[int] = []
    for _ in range(200):
        guest = Guest(board)
        with later(guest.asked["unproven"] - 1):
            early = guest.sends_it()
        assert early.status_code == (429 if waits and waits[-1] > SECONDS and guest.asked["bits"] else 422)
        with later(price_at(level_behind(board), SECONDS).wait_unproven):
            assert guest.sends_it().status_code == 303
        waits.append(price_at(level_behind(board), SECONDS).wait_unproven)
    assert sorted(set(waits)) == [2, 16, 32, 64, 128]
    assert waits == sorted(waits)
    assert Guest(board, QUIET).asked == {"wait": 2, "unproven": 2, "bits": 0}
    with board.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Post)) == 200


def test_on_an_ordinary_day_a_first_word_or_press_waits_two_seconds_with_script_or_without(
    board: Flask, writer: Writer
) -> None:
    writer.vents("はじめの話です。")
    for path, fields in (
        ("/n/r2", {"body": WORDS}),
        (f"/t/{writer.thread_id}/r", {"body": WORDS}),
        (f"/p/{writer.post_id}/k", {"kind": "same"}),
        (f"/p/{writer.post_id}/f", {"reason": "other"}),
    ):
        guest = Guest(board, path=path)
        with later(SECONDS - 1):
            assert guest.sends_it(**fields).status_code == 422
        with later(SECONDS):
            assert guest.sends_it(**fields).status_code in {200, 303}, path


def test_a_risen_price_keeps_the_text_and_says_how_long_in_kind_words(board: Flask) -> None:
    others_came(board, 250)
    guest = Guest(board)
    answer = guest.sends_it()
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "256"
    assert KIND in answer.text
    assert "あと5分ほどで送れます。" in answer.text
    assert f">\n{WORDS}</textarea>" in answer.text
    english = guest.browser.post("/en/n/r2", data=guest.fields)
    assert english.status_code == 429
    assert "What you wrote is still here" in english.text


def test_the_wait_goes_on_from_where_it_was(board: Flask) -> None:
    others_came(board, 150)
    guest = Guest(board)
    ticket = guest.fields["ticket"]
    with later(60):
        answer = guest.sends_it()
        assert answer.headers["Retry-After"] == "4"
        assert guest.fields["ticket"] == ticket
        assert guest.asked == {"wait": 0, "unproven": 4, "bits": 18}
    with later(64):
        assert guest.sends_it().status_code == 303


def test_a_proof_shortens_the_wait_and_does_not_do_away_with_it(board: Flask) -> None:
    others_came(board, 50)
    guest = Guest(board)
    assert guest.asked == {"wait": 4, "unproven": 16, "bits": 16}
    proof = guest.works()
    with later(3):
        assert guest.sends_it(proof=proof).status_code == 429
    with later(4):
        assert guest.sends_it(proof=proof).status_code == 303


def test_a_proof_for_another_ticket_or_with_too_few_bits_is_none(board: Flask) -> None:
    others_came(board, 50)
    mine, other = Guest(board), Guest(board)
    weak = next(
        text
        for text in map(str, range(10**6))
        if not price.is_proof(mine.fields["ticket"], text, 16)
        and price.is_proof(mine.fields["ticket"], text, 12)
    )
    foreign = other.works()
    with later(5):
        for proof in (foreign, weak, "", "x", "9" * 400):
            assert mine.sends_it(proof=proof).status_code == 429
        assert other.sends_it(proof=foreign).status_code == 303


def test_one_ticket_and_its_proof_make_one_identity_however_often_they_are_sent(board: Flask) -> None:
    others_came(board, 99)
    guest = Guest(board)
    proof, cookies = guest.works(), str(guest.browser.get_cookie("s"))
    assert cookies
    with later(5):
        first = guest.browser.post(guest.path, data=guest.fields | {"proof": proof})
        again = Reader(board)
        again.browser.environ_base["REMOTE_ADDR"] = CROWDED
        assert first.status_code == 303
        # The same form in a browser that still has the cookie of before.
        twin = again.browser.post(guest.path, data=guest.fields | {"proof": proof})
        assert twin.status_code == 422
    with board.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Post)) == 1


def test_a_double_press_is_one_post_even_when_it_raised_the_price_itself(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(ticket_seconds="2", identities_per_bucket="1")
    others_came(app, 1)
    guest = Guest(app)
    cookie = guest.browser.get_cookie("s")
    assert cookie
    with later(price_at(1, 2).wait_unproven):
        first = guest.sends_it()
        others_came(app, 3)
        guest.browser.set_cookie("s", cookie.value)
        again = guest.sends_it()
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    # Counted once: the one before, the three others, and this one.
    assert level_behind(app) == 5


def test_tickets_heaped_up_while_they_were_cheap_are_worth_little(board: Flask) -> None:
    heap = [Guest(board) for _ in range(120)]
    with later(60 * 60):
        answers = [guest.sends_it().status_code for guest in heap]
        # Fifty at the plain price, fifty more by the grace of one level; whoever is left waits the new price from now.
        assert answers == [303] * 100 + [429] * 20
        assert [heap[-1].sends_it().status_code, heap[-1].asked["bits"]] == [429, 17]
        with later(price_at(2, SECONDS).wait_unproven):
            assert {guest.sends_it().status_code for guest in heap[100:]} == {303}


def test_a_ticket_is_good_one_level_above_its_own_and_pays_the_lower_price(board: Flask) -> None:
    guest = Guest(board)
    others_came(board, 99)
    with later(SECONDS):
        assert guest.sends_it().status_code == 303
    dear = Guest(board)
    assert dear.asked["bits"] == 17
    with clock.frozen(clock.now() + timedelta(hours=15, seconds=SECONDS)):  # another day
        assert dear.sends_it().status_code == 303


def test_a_ticket_bought_in_a_quiet_network_does_not_open_a_crowded_one(board: Flask) -> None:
    others_came(board, 150)
    guest = Guest(board, QUIET)
    guest.browser.environ_base["REMOTE_ADDR"] = CROWDED
    with later(60 * 60):
        assert guest.sends_it().status_code == 429
        with later(price_at(3, SECONDS).wait_unproven):
            assert guest.sends_it().status_code == 303


def test_who_carries_a_seed_pays_nothing_more(board: Flask) -> None:
    guest = Guest(board)
    with later(SECONDS):
        assert guest.sends_it().status_code == 303
    others_came(board, 400)
    known = Guest.__new__(Guest)
    known.browser, known.path = guest.browser, "/n/r2"
    page = known.opens("/n/r2").text
    assert asked_on(page) == {}
    assert "price.js" not in page
    answer = known.browser.post("/n/r2", data=fields_of(page, "/n/r2") | {"body": "ふたつめです。"})
    assert answer.status_code == 303


def test_the_price_is_that_of_the_ordinary_day_again_after_midnight(make_app: Callable[..., Flask]) -> None:
    app = make_app(ticket_seconds=str(SECONDS), identities_on_board="100")
    others_came(app, 400)
    assert level_behind(app) == MOST_LEVEL
    assert level_behind(app, QUIET) == 4
    with clock.frozen(BEGAN + timedelta(hours=15)):
        assert level_behind(app) == level_behind(app, QUIET) == 0


def test_letters_and_what_is_put_aside_give_no_identity_and_cost_the_plain_wait(board: Flask) -> None:
    others_came(board, 400)
    letter = Guest(board, path="/c", body="困っています。")
    with later(SECONDS):
        assert letter.sends_it().status_code == 200
        assert letter.opens("/n/r2").status_code == 200
    guest = Guest(board)
    with later(SECONDS):
        aside = guest.browser.post(guest.path, data=guest.fields | {"act": "deposit"})
    assert aside.status_code == 200
    assert 'class="keep"' in aside.text
    with board.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Letter)) == 1
    assert level_behind(board, QUIET) == 0


def test_reactions_and_flags_cost_and_count_like_words(board: Flask, writer: Writer) -> None:
    writer.vents("はじめの話です。")
    others_came(board, 48, QUIET)
    for path, fields in (
        (f"/p/{writer.post_id}/k", {"kind": "same"}),
        (f"/p/{writer.post_id}/f", {"reason": "other"}),
    ):
        guest = Guest(board, QUIET, path=path)
        with later(SECONDS):
            assert guest.sends_it(**fields).status_code in {200, 303}
    assert level_behind(board, QUIET) == 1
    guest = Guest(board, QUIET, path=f"/p/{writer.post_id}/k")
    early = guest.sends_it(kind="thanks")
    assert early.status_code == 429
    assert KIND in early.text
    assert early.headers["Retry-After"] == "16"
    with board.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Reaction)) == 1


def test_twelve_words_cost_and_count_like_a_new_identity_whatever_key_is_carried(
    make_app: Callable[..., Flask], writer: Writer, other: Writer
) -> None:
    writer.vents("はじめの話です。")
    other.vents("べつの人の話です。")
    words = " ".join(phrase_of(writer))
    app = make_app(ticket_seconds=str(SECONDS))
    others_came(app, 99)
    guest = Guest(app, path="/back", phrase=words)
    assert guest.sends_it().status_code == 429
    with later(price_at(1, SECONDS).wait_unproven):
        assert guest.sends_it().status_code == 303
    assert level_behind(app) == 2
    # Somebody with a key: any twelve words with a right checksum are the next identity.
    carried = other.browser.get_cookie("s")
    assert carried
    holder = Guest(app, path="/back", phrase=words, act="instead")
    holder.browser.set_cookie("s", carried.value)
    holder.fields |= fields_of(holder.opens("/back").text, "/back") | {"phrase": words, "act": "instead"}
    assert holder.sends_it().status_code == 429


def test_without_a_wait_there_is_no_price(app: Flask) -> None:
    others_came(app, 1000)
    guest = Guest(app)
    assert guest.asked == {}
    assert guest.sends_it().status_code == 303


def test_the_boards_own_budget_raises_the_price_everywhere_but_not_to_minutes(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(ticket_seconds=str(SECONDS), identities_on_board="10")
    for number in range(60):
        others_came(app, 1, f"192.0.{number}.1")
    assert level_behind(app, QUIET) == 4


@pytest.mark.parametrize(
    ("act", "fields"), [("k", {"kind": "same"}), ("h", {"way": "fold"}), ("f", {"reason": "other"})]
)
def test_one_ticket_sent_again_and_again_with_the_cookie_of_before_counts_once(
    make_app: Callable[..., Flask], act: str, fields: dict[str, str]
) -> None:
    app = make_app(ticket_seconds=str(SECONDS))
    writer = Writer(app)
    with clock.frozen(BEGAN - timedelta(minutes=1)):
        page = writer.opens("/n/r2")
        form = fields_of(page.text, "/n/r2") | {"body": WORDS}
    with clock.frozen(BEGAN):
        writer._keep(writer.browser.post("/n/r2", data=form))
        guest = Guest(app, path=f"/p/{writer.post_id}/{act}", **fields)
        before = guest.browser.get_cookie("s")
        assert before
    with clock.frozen(BEGAN + timedelta(seconds=SECONDS)):
        for _ in range(120):
            guest.browser.set_cookie("s", before.value)
            assert guest.sends_it(**fields).status_code in {200, 303}
        assert level_behind(app, CROWDED) == 0


def test_one_ticket_brings_one_phrase_back_however_often_it_is_sent(make_app: Callable[..., Flask]) -> None:
    app = make_app(ticket_seconds=str(SECONDS))
    phrases = [" ".join(phrase_for(secrets.token_bytes(16), "ja")) for _ in range(3)]
    with clock.frozen(BEGAN):
        guest = Guest(app, path="/back", phrase=phrases[0])
        before, form = guest.browser.get_cookie("s"), guest.fields
        assert before
    with clock.frozen(BEGAN + timedelta(seconds=SECONDS)):
        for _ in range(120):
            guest.browser.set_cookie("s", before.value)
            assert guest.browser.post("/back", data=form).status_code == 303
        assert level_behind(app, CROWDED) == 0
        for phrase in phrases[1:]:
            guest.browser.set_cookie("s", before.value)
            assert guest.browser.post("/back", data=form | {"phrase": phrase}).status_code == 422


def test_an_onion_service_is_carried_by_the_boards_budget_and_nobody_else_can_say_so(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(ticket_seconds=str(SECONDS), public_hosts="nagi.onion,localhost")
    others_came(app, 400)
    onion = app.test_client().get(
        "/n/r2", headers={"Host": "nagi.onion"}, environ_base={"REMOTE_ADDR": CROWDED}
    )
    assert asked_on(onion.text)["bits"] == 0
    # The open net's own proxy hands on whatever host somebody says.
    proxied = make_app(ticket_seconds=str(SECONDS), public_hosts="nagi.onion,localhost", proxy_hops="1")
    others_came(proxied, 400)
    told = {"Host": "nagi.onion", "X-Forwarded-For": CROWDED, "X-Forwarded-Proto": "https"}
    assert asked_on(proxied.test_client().get("/n/r2", headers=told).text)["bits"] == 22
    plain = make_app(ticket_seconds=str(SECONDS))
    others_came(plain, 400)
    said = plain.test_client().get(
        "/n/r2", headers={"Host": "x.onion"}, environ_base={"REMOTE_ADDR": CROWDED}
    )
    assert asked_on(said.text)["bits"] == 22


@pytest.mark.redis
def test_two_processes_share_the_price_through_redis_under_names_that_tell_nothing(
    make_app: Callable[..., Flask], redis_url: str
) -> None:
    one = make_app(ticket_seconds=str(SECONDS), redis_url=redis_url)
    others_came(one, 60)
    two = make_app(ticket_seconds=str(SECONDS), redis_url=redis_url)
    assert level_behind(two) == 1
    assert level_behind(two, QUIET) == 0
    with redis.Redis.from_url(redis_url) as client:
        names = [name.decode() for name in client.keys("*identities*")]
        assert len(names) == 2
        assert all(0 < client.ttl(name) <= 24 * 60 * 60 for name in names)
    assert not [name for name in names if re.search(r"203|113\.7", name)]


@pytest.mark.redis
def test_a_first_word_is_taken_while_redis_is_away(make_app: Callable[..., Flask]) -> None:
    guest = Guest(make_app(ticket_seconds=str(SECONDS), redis_url="redis://127.0.0.1:1/0"))
    with later(SECONDS):
        assert guest.sends_it().status_code == 303


def networks_come(app: Flask, count: int) -> None:
    """So many networks that were never seen before, each with one identity."""
    with app.test_request_context():
        for _ in range(count):
            request.environ[BUCKET] = secrets.token_hex(16)
            price.count_identity()


def memory() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def counters() -> list[str]:
    return list(limiter.storage.storage)  # type: ignore[attr-defined]


def test_a_network_is_one_of_few_slots_for_every_counter(board: Flask) -> None:
    limiter.storage.reset()
    for number in range(20):
        guest = Guest(board, f"10.0.{number}.1")
        with later(SECONDS):
            assert guest.sends_it().status_code == 303
    by_network = [name for name in counters() if "/nagi/b" in name or "identities" in name]
    assert len(by_network) > 20
    ends = re.compile(r"LIMITER/nagi/b[0-9a-f]{4}/.*|nagi/identities/[0-9a-f]{8}/([0-9a-f]{4}|board)")
    assert not [name for name in by_network if not ends.fullmatch(name)]


def test_memory_is_flat_once_every_slot_is_taken(board: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SLOT_DIGITS", 2)
    limiter.storage.reset()
    networks_come(board, 4000)
    assert len(counters()) == 256 + 1
    networks_come(board, 4000)
    assert len(counters()) == 256 + 1


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here to read memory from")
def test_a_million_networks_keep_memory_flat(board: Flask) -> None:
    limiter.storage.reset()
    before = memory()
    networks_come(board, 500_000)
    filled = memory()
    networks_come(board, 500_000)
    assert len(counters()) <= 65_536 + 1
    assert filled - before < 64 * 2**20
    assert memory() - filled < 4 * 2**20
