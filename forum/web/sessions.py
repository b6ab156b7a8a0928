"""Flask's session, replaced: one sealed cookie of constant length for writers, another for the moderators' desk.

Reading sets no cookie. Whatever does not open is simply a reader.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from forum import clock
from forum.config import Settings
from forum.identity.cookie import (
    NO_CSRF,
    NO_LOCK,
    CookieState,
    StaffState,
    for_another_seed,
    open_cookie,
    open_staff,
    seal_cookie,
    seal_staff,
)
from forum.identity.keys import Keys
from forum.identity.lock import AWAKE_MINUTES, MINUTES_REMEMBERED, as_of, fallen_asleep

DESK = "/m"
SESSION_HOURS = 12
IDLE_MINUTES = 60
PROOF_MINUTES = 10  # how long a proof is good for steps against a writer, keys and recovery
_NOTED_AFTER_MINUTES = 5  # a cookie with every answer would let two answers at once overwrite each other
CSRF_FIELD = "csrf_token"  # the name under which Flask-WTF keeps its secret


class Sealed(SessionMixin, MutableMapping[str, Any]):
    """The mapping Flask-WTF sees: it holds its secret and nothing else can be put in."""

    state: CookieState | StaffState

    def __init__(self, *, had_cookie: bool) -> None:
        self.had_cookie = had_cookie
        self.modified = False
        self.dropped = False
        self.accessed = True

    def __getitem__(self, name: str) -> str:
        if name != CSRF_FIELD or self.state.csrf == NO_CSRF:
            raise KeyError(name)
        return self.state.csrf.hex()

    def __setitem__(self, name: str, value: str) -> None:
        if name != CSRF_FIELD:
            raise KeyError(f"a sealed session has no field {name!r}")
        self.change(csrf=bytes.fromhex(value))

    def __delitem__(self, name: str) -> None:
        self[name] = NO_CSRF.hex()

    def __iter__(self) -> Iterator[str]:
        return iter(() if self.state.csrf == NO_CSRF else (CSRF_FIELD,))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def change(self, **fields: Any) -> None:
        """Replace fields of the sealed state; the cookie is sent with this answer."""
        self.state = replace(self.state, **fields)
        self.modified = True

    def drop(self) -> None:
        """Forget everything: the answer expires the cookie."""
        self.dropped = True

    def seconds_kept(self) -> int | None:
        """How long the browser keeps the cookie; None: until it is closed."""
        return None


class WriterSession(Sealed):
    """The cookie a writer carries: the seed, and what the server needs to remember about it."""

    state: CookieState

    def __init__(self, state: CookieState | None) -> None:
        super().__init__(had_cookie=state is not None)
        self.state = as_of(state, minute_number()) if state else CookieState()

    @property
    def has_lock(self) -> bool:
        """Whether somebody goes on in this browser under a lock word, awake or asleep."""
        return self.state.lock != NO_LOCK

    def remember(self, lock: bytes) -> None:
        """Go on in this browser under a lock."""
        self.change(lock=lock, is_locks_own=True)
        self.stay_awake()

    def take_up(self, seed: bytes, **fields: Any) -> None:
        """Hold this seed from now on; what was found out about another one is forgotten."""
        self.state = for_another_seed(self.state)
        self.change(seed=seed, **fields)

    def forget_lock(self) -> None:
        """End with the browser from now on. A guest gets the same answer and takes nothing from the owner."""
        if self.state.is_locks_own:
            self.change(lock=NO_LOCK, is_locks_own=False)

    def stay_awake(self) -> None:
        """Something was written or unlocked: the open seed holds a while longer. Without a lock nothing is to do."""
        if self.has_lock:
            self.change(awake_minute=minute_number() + AWAKE_MINUTES)

    def leave(self) -> None:
        """The quick exit: a remembered device falls asleep, any other forgets.

        Asleep, forms that were opened before are as old as a reader's are, whose cookie went.
        """
        if not self.has_lock:
            self.drop()
            return
        self.state, self.modified = replace(fallen_asleep(self.state), csrf=NO_CSRF), True

    def seconds_kept(self) -> int | None:
        """A remembered device counts from the last write or unlock: opening pages does not make it longer."""
        if not self.has_lock:
            return None
        left = self.state.awake_minute + MINUTES_REMEMBERED - minute_number()
        return max(left, 1) * 60


class StaffSession(Sealed):
    """The cookie of a moderator, sent under /m only."""

    state: StaffState

    def __init__(self, state: StaffState | None) -> None:
        super().__init__(had_cookie=state is not None)
        self.state = state or StaffState()

    @property
    def staff(self) -> StaffState:
        return self.state

    def sign_in(self, moderator_id: bytes, session_epoch: int, second_factor: bool) -> None:
        """Begin a session of this moderator, with a fresh CSRF secret."""
        self.change(
            moderator_id=moderator_id,
            session_epoch=session_epoch,
            issued_hour=hour_number(),
            second_factor=second_factor,
            csrf=NO_CSRF,
            proved_minute=minute_number(),
            seen_minute=minute_number(),
        )

    @property
    def is_alive(self) -> bool:
        """Whether both factors were shown, not longer ago than a session lasts, and somebody has been here lately."""
        age, idle = hour_number() - self.state.issued_hour, minute_number() - self.state.seen_minute
        return self.state.second_factor and 0 <= age < SESSION_HOURS and 0 <= idle < IDLE_MINUTES

    @property
    def is_proved(self) -> bool:
        """Whether whoever is here showed lately that it is they."""
        return 0 <= minute_number() - self.state.proved_minute < PROOF_MINUTES

    def prove(self) -> None:
        """They just did."""
        self.change(proved_minute=minute_number())

    def stay(self) -> None:
        """A page was opened or sent: the session goes on, up to its last hour."""
        if minute_number() - self.state.seen_minute >= _NOTED_AFTER_MINUTES:
            self.change(seen_minute=minute_number())

    def sign_out(self) -> None:
        self.drop()


class SealedSessions(SessionInterface):
    """Opens and sends both cookies."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._keys = keys
        self._secure = not settings.is_local
        self.writer_name = "__Host-s" if self._secure else "s"
        self.staff_name = "__Secure-m" if self._secure else "m"

    def open_session(self, app: Flask, request: Request) -> Sealed:
        if on_desk(request):
            return StaffSession(open_staff(request.cookies.get(self.staff_name, ""), self._keys))
        return WriterSession(open_cookie(request.cookies.get(self.writer_name, ""), self._keys))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if isinstance(session, StaffSession):
            self._send(response, session, name=self.staff_name, path=DESK)
        elif isinstance(session, WriterSession):
            self._send(response, session, name=self.writer_name, path="/")

    def drop_staff(self, response: Response) -> None:
        """End the desk's session of this browser from outside the desk, where its cookie is not sent."""
        response.delete_cookie(
            self.staff_name, path=DESK, secure=self._secure, httponly=True, samesite="Strict"
        )

    def _send(self, response: Response, session: Sealed, *, name: str, path: str) -> None:
        if session.dropped:
            response.delete_cookie(name, path=path, secure=self._secure, httponly=True, samesite="Strict")
        elif session.modified:
            value = (
                seal_staff(session.state, self._keys)
                if isinstance(session.state, StaffState)
                else seal_cookie(session.state, self._keys)
            )
            response.set_cookie(
                name,
                value,
                max_age=session.seconds_kept(),
                path=path,
                secure=self._secure,
                httponly=True,
                samesite="Strict",
            )


def on_desk(request: Request) -> bool:
    """Whether this request is for the moderators' side."""
    return request.path == DESK or request.path.startswith(DESK + "/")


def hour_number() -> int:
    """Hours since 1970: the finest time a cookie carries."""
    return int(clock.now().timestamp()) // 3600


def minute_number() -> int:
    """Minutes since 1970: what the sleep of a remembered device is counted in, inside its sealed cookie."""
    return int(clock.now().timestamp()) // 60
