"""A ticket costs its wait, belongs to one form, and stands for one post however often it is sent."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forum import errors
from forum.identity.tickets import (
    LIFETIME_SECONDS,
    TICKET_LENGTH,
    ensure_ripe,
    issue_ticket,
    open_ticket,
    redeem_ticket,
)

KEY = secrets.token_bytes(32)
THREAD = secrets.token_bytes(16)
NOW = 1_900_000_000.75


def redeemed(text: str, *, later: float = 10.0, purpose: str = "reply", target: bytes = THREAD) -> bytes:
    return redeem_ticket(KEY, purpose, target, text, NOW + later, 5).post_id


def test_a_ripe_ticket_gives_a_post_id_and_its_age() -> None:
    ticket = redeem_ticket(KEY, "reply", THREAD, issue_ticket(KEY, "reply", THREAD, NOW), NOW + 10, 5)
    assert len(ticket.post_id) == 16
    assert 10 <= ticket.age < 11


@pytest.mark.parametrize(("later", "left"), [(0, 5), (1, 4), (2.5, 2), (4.2, 1)])
def test_before_its_time_a_ticket_says_how_many_seconds_are_left(later: float, left: int) -> None:
    with pytest.raises(errors.TooSoon) as caught:
        redeemed(issue_ticket(KEY, "reply", THREAD, NOW), later=later)
    assert caught.value.seconds == left


def test_a_clock_set_back_asks_for_one_wait_and_no_more() -> None:
    with pytest.raises(errors.TooSoon) as caught:
        redeemed(issue_ticket(KEY, "reply", THREAD, NOW), later=-3_600)
    assert caught.value.seconds == 5


def test_without_a_wait_a_ticket_is_ripe_at_once() -> None:
    assert redeem_ticket(KEY, "reply", THREAD, issue_ticket(KEY, "reply", THREAD, NOW), NOW, 0).post_id


def test_a_ticket_lasts_a_day_and_then_expires() -> None:
    text = issue_ticket(KEY, "reply", THREAD, NOW)
    assert redeemed(text, later=LIFETIME_SECONDS - 1)
    with pytest.raises(errors.Expired):
        redeemed(text, later=LIFETIME_SECONDS + 1)


@pytest.mark.parametrize(
    ("purpose", "target"),
    [
        ("flag", THREAD),
        ("reply", secrets.token_bytes(16)),
        ("repl", b"y" + THREAD),
        ("reply", b""),
        ("", THREAD),
    ],
    ids=["flag", "other", "shifted", "empty", "none"],
)
def test_a_ticket_of_another_form_does_not_open(purpose: str, target: bytes) -> None:
    with pytest.raises(errors.Expired):
        redeemed(issue_ticket(KEY, "reply", THREAD, NOW), purpose=purpose, target=target)


def test_a_ticket_of_another_board_does_not_open() -> None:
    with pytest.raises(errors.Expired):
        redeemed(issue_ticket(secrets.token_bytes(32), "reply", THREAD, NOW))


@given(some.text())
def test_what_is_no_ticket_is_expired(text: str) -> None:
    with pytest.raises(errors.Expired):
        redeemed(text)


def test_every_changed_letter_is_noticed() -> None:
    text = issue_ticket(KEY, "reply", THREAD, NOW)
    for place, letter in enumerate(text):
        changed = text[:place] + ("A" if letter != "A" else "B") + text[place + 1 :]
        with pytest.raises(errors.Expired):
            redeemed(changed)


def test_the_same_ticket_twice_is_the_same_post_and_the_same_first_writer() -> None:
    text = issue_ticket(KEY, "reply", THREAD, NOW)
    first = redeem_ticket(KEY, "reply", THREAD, text, NOW + 10, 5)
    again = redeem_ticket(KEY, "reply", THREAD, text, NOW + 3_000, 5)
    assert (first.post_id, first.seed) == (again.post_id, again.seed)
    assert len(first.seed) == 16
    assert first.seed != first.post_id


def test_different_tickets_are_different_posts() -> None:
    texts = [issue_ticket(KEY, "reply", THREAD, NOW) for _ in range(200)]
    assert len({redeemed(text) for text in texts}) == 200
    assert {len(text) for text in texts} == {TICKET_LENGTH}


def test_a_redeemed_ticket_shows_nothing() -> None:
    text = issue_ticket(KEY, "reply", THREAD, NOW)
    assert repr(redeem_ticket(KEY, "reply", THREAD, text, NOW + 10, 5)) == "Ticket(…)"


def test_the_level_of_the_price_is_sealed_in_the_ticket() -> None:
    texts = [issue_ticket(KEY, "reply", THREAD, NOW, level=level) for level in (0, 3, 7)]
    assert [open_ticket(KEY, "reply", THREAD, text, NOW).level for text in texts] == [0, 3, 7]
    assert {len(text) for text in texts} == {TICKET_LENGTH}


def test_a_ticket_opens_before_it_is_ripe_and_says_how_old_it_is() -> None:
    ticket = open_ticket(KEY, "reply", THREAD, issue_ticket(KEY, "reply", THREAD, NOW), NOW + 1)
    assert 1 <= ticket.age < 2
    ensure_ripe(ticket, 1)
    with pytest.raises(errors.TooSoon):
        ensure_ripe(ticket, 2)
