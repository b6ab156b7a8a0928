"""The key of the day is one for everybody all day, and nobody has yesterday's."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import redis

from forum import clock, errors
from forum.identity.day import REDIS_NAME, MemoryDayKey, RedisDayKey, SteadyDayKey

REDIS = os.environ.get("FORUM_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
# Far from any day on which a board under test writes its own.
MORNING = datetime(2031, 5, 6, 9, 0, tzinfo=clock.BOARD_ZONE)
TONIGHT = MORNING.replace(hour=23, minute=59, second=59)
DAYS = [MORNING.date(), MORNING.date() + timedelta(days=1)]


@pytest.fixture
def server() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(REDIS)
    try:
        client.ping()
    except redis.RedisError:
        pytest.skip(f"no Redis answers at {REDIS}")
    names = [REDIS_NAME.format(day=day.isoformat()) for day in DAYS]
    client.delete(*names)
    yield client
    client.delete(*names)
    client.close()


def test_in_memory_the_key_stays_until_midnight_of_the_board() -> None:
    day_key = MemoryDayKey()
    with clock.frozen(MORNING):
        first = day_key.current()
    with clock.frozen(TONIGHT):
        assert day_key.current() == first
    with clock.frozen(TONIGHT + timedelta(seconds=1)):
        second = day_key.current()
    assert second != first
    assert len(first) == len(second) == 32
    assert first not in vars(day_key).values()


def test_in_memory_many_threads_see_one_key() -> None:
    for _ in range(20):
        day_key = MemoryDayKey()
        with ThreadPoolExecutor(8) as pool:
            assert len({*pool.map(lambda _, key=day_key: key.current(), range(32))}) == 1


def test_in_memory_two_boards_have_two_keys() -> None:
    assert MemoryDayKey().current() != MemoryDayKey().current()


@pytest.mark.redis
def test_in_redis_several_processes_share_one_key(server: redis.Redis) -> None:
    clients = [redis.Redis.from_url(REDIS) for _ in range(6)]

    def ask(client: redis.Redis) -> bytes:
        with clock.frozen(MORNING):
            return RedisDayKey(client).current()

    with ThreadPoolExecutor(6) as pool:
        seen = set(pool.map(ask, clients))
    for client in clients:
        client.close()
    assert len(seen) == 1
    assert len(seen.pop()) == 32


@pytest.mark.redis
def test_in_redis_the_key_is_replaced_and_leaves_by_itself(server: redis.Redis) -> None:
    day_key = RedisDayKey(server)
    with clock.frozen(TONIGHT):
        first = day_key.current()
        assert day_key.current() == first
    with clock.frozen(TONIGHT + timedelta(seconds=1)):
        assert day_key.current() != first
    for day in DAYS:
        assert server.ttl(REDIS_NAME.format(day=day.isoformat())) in range(1, 26 * 3600 + 1)


@pytest.mark.redis
def test_in_redis_something_else_under_the_name_is_not_used(server: redis.Redis) -> None:
    server.set(REDIS_NAME.format(day=DAYS[0].isoformat()), b"short", ex=60)
    with clock.frozen(MORNING), pytest.raises(errors.Unwell):
        RedisDayKey(server).current()


def test_while_redis_is_away_a_process_has_a_secret_key_of_its_own_for_the_day() -> None:
    class Away:
        def current(self) -> bytes:
            raise redis.ConnectionError

    one, two = (SteadyDayKey(Away(), (redis.RedisError,)) for _ in range(2))
    with clock.frozen(MORNING):
        first = one.current()
        assert one.current() == first != two.current()
        assert len(set(first)) > 8
    with clock.frozen(TONIGHT + timedelta(seconds=1)):
        assert one.current() != first
