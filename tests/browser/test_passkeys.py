"""A passkey in a real browser, with an authenticator that the browser itself plays: made, used at the door, refused."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, Response, expect

from tests.browser import chromium
from tests.browser.board import Board
from tests.browser.conftest import DESK, WAIT_MS
from tests.browser.people import Caretaker

pytestmark = pytest.mark.browser

RULES = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
SAID = """addEventListener('securitypolicyviolation',
  event => console.error('policy', event.violatedDirective, event.blockedURI));"""


class Holder(Caretaker):
    """A caretaker at an address with a name: at a bare number no browser makes passkeys."""

    def opens(self, path: str) -> Response:
        """Open a page of the board by its name."""
        answer = self.page.goto(f"http://localhost:{self.board.port}{path}")
        assert answer is not None
        return answer


@pytest.fixture
def by_name(playwright: Playwright) -> Iterator[Browser]:
    """A browser that finds this machine by its name and nothing else."""
    started = playwright.chromium.launch(
        executable_path=chromium.path(), args=[*chromium.ARGUMENTS, f"--host-resolver-rules={RULES}"]
    )
    yield started
    started.close()


def test_a_passkey_is_made_at_the_desk_and_opens_it(board: Board, by_name: Browser) -> None:
    context = by_name.new_context(**chromium.device(**DESK))
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(SAID)
    holder = Holder(board, context)
    faults: list[str] = []
    holder.page.on("pageerror", lambda error: faults.append(str(error)))
    holder.page.on(
        "console", lambda message: faults.append(message.text) if "policy" in message.text else None
    )
    devtools = context.new_cdp_session(holder.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    holder.enrols("鍵を持つ人")
    holder.opens("/m/keys")
    holder.page.locator("[name=name]").fill("台所の電話")
    holder.presses(holder.page.locator("[data-passkey=new] button"))
    expect(holder.page.get_by_text("台所の電話", exact=True)).to_be_visible()
    held = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert len(held) == 1

    context.clear_cookies()
    holder.opens("/m/login")
    holder.presses(holder.page.locator("[data-passkey=in] button"))
    assert holder.page.url.endswith("/m/"), holder.page.locator("main").inner_text()

    # Somebody who says no to the device stays where they are, and is told so.
    context.clear_cookies()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    holder.opens("/m/login")
    holder.page.locator("[data-passkey=in] button").click()
    expect(holder.page.locator("[data-passkey-said]")).to_have_text(
        "うまくいきませんでした。もう一度か、ほかの入り方でどうぞ。"
    )
    assert holder.page.url.endswith("/m/login")
    assert faults == []
    context.close()


def test_without_script_the_login_is_complete_and_shows_no_button_that_does_nothing(
    board: Board, by_name: Browser
) -> None:
    context = by_name.new_context(**chromium.device(**DESK, java_script_enabled=False))
    holder = Holder(board, context)
    holder.enrols("字で入る人")
    context.clear_cookies()
    holder.opens("/m/login")
    expect(holder.page.locator("[data-passkey]")).to_be_hidden()
    expect(holder.page.locator("main [name=password]")).to_be_visible()
    context.close()
