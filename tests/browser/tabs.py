"""Tabs as people have them. The usual tool keeps every page visible; these hide each other as real ones do."""

import json
import time
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, CDPSession

LONGEST_SECONDS = 8.0
STEP_SECONDS = 0.05


class Tab:
    """One tab, asked through the browser itself."""

    def __init__(self, wire: CDPSession, target: str) -> None:
        self._wire = wire
        self._target = target
        self._answers: dict[int, Any] = {}
        self._count = 0
        wire.on("Target.receivedMessageFromTarget", self._hear)
        attached = wire.send("Target.attachToTarget", {"targetId": target, "flatten": False})
        self._session = attached["sessionId"]

    def comes_to_front(self) -> None:
        """Somebody goes back to this tab."""
        self._wire.send("Target.activateTarget", {"targetId": self._target})

    def becomes(self, expression: str, wanted: str) -> bool:
        """Whether the expression has this value within some seconds."""
        ends = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < ends:
            if self._value(expression) == wanted:
                return True
            time.sleep(STEP_SECONDS)
        return False

    def _value(self, expression: str) -> Any:
        self._count += 1
        number = self._count
        asked = {"id": number, "method": "Runtime.evaluate", "params": {"expression": expression}}
        message = {"sessionId": self._session, "message": json.dumps(asked)}
        self._wire.send("Target.sendMessageToTarget", message)
        ends = time.monotonic() + LONGEST_SECONDS
        while number not in self._answers and time.monotonic() < ends:
            # Any question lets the answers in that are waiting.
            self._wire.send("Target.getTargets")
            time.sleep(STEP_SECONDS)
        return self._answers.pop(number, None)

    def _hear(self, event: dict[str, Any]) -> None:
        said = json.loads(event["message"])
        if event["sessionId"] == self._session and "id" in said:
            self._answers[said["id"]] = said.get("result", {}).get("result", {}).get("value")


class Tabs:
    """A window with tabs in it, closed at the end."""

    def __init__(self, browser: Browser) -> None:
        self._wire = browser.new_browser_cdp_session()
        self._window = self._wire.send("Target.createBrowserContext")["browserContextId"]

    def __enter__(self) -> "Tabs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.send("Target.disposeBrowserContext", {"browserContextId": self._window})
        self._wire.detach()

    def opens(self, url: str) -> Tab:
        """A new tab, in front of the others."""
        made = self._wire.send("Target.createTarget", {"url": url, "browserContextId": self._window})
        return Tab(self._wire, made["targetId"])
