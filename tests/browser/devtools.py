"""A headless Chromium spoken to in its own DevTools protocol: open pages, ask them, look at them, hear what they complain.

One process serves a whole run; every tab has a profile of its own. Imports `websockets` and the standard library.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_S = 60.0
FLAGS = (
    "--headless=new", "--remote-debugging-port=0", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--force-color-profile=srgb", "--hide-scrollbars", "--mute-audio", "about:blank",
)  # fmt: skip


def find_chromium() -> str | None:
    """The browser named by CHROMIUM, or the first on the path."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One connection to a running Chromium. Not for several threads."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number, self._tabs = socket, 0, dict[str, Tab]()

    def call(self, method: str, *, session: str | None = None, **params: Any) -> dict[str, Any]:
        """One command and its answer; events that come meanwhile go to their tabs."""
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session is not None:
            asked["sessionId"] = session
        self._socket.send(json.dumps(asked))
        while True:
            answer = self.hear()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def hear(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=PATIENCE_S))
        tab = self._tabs.get(message.get("sessionId", ""))
        if tab is not None and "method" in message:
            tab.heard(message["method"], message["params"])
        return message

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        """A fresh tab with storage of its own, closed at the end."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self._tabs[session] = Tab(self, session)
        try:
            for domain in ("Page", "Runtime", "Log", "Network"):
                tab.call(f"{domain}.enable")
            yield tab
        finally:
            del self._tabs[session]
            self.call("Target.disposeBrowserContext", browserContextId=context)


class Tab:
    """One page.

    Attributes:
        problems: What the page complained of since it was opened: exceptions, errors and warnings of the console and
            of the browser (requests that failed, content that was blocked).
        requests: Addresses that it asked for since it was opened, its own first.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        self._width = 800

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol to this page."""
        return self._browser.call(method, session=self._session, **params)

    def heard(self, method: str, params: dict[str, Any]) -> None:
        """Keeps what a test may ask about."""
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.problems.append(" ".join(str(told.get("value", told.get("description"))) for told in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    def open(self, where: str | Path) -> None:
        """Go to an address or a file and wait until it is loaded."""
        url = where.absolute().as_uri() if isinstance(where, Path) else where
        self.problems.clear()
        self.requests.clear()
        self._loaded = False
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, f"{url}: {answer['errorText']}"
        while not self._loaded:
            self._browser.hear()

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited, an exception is an AssertionError."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str, *, seconds: float = 30.0) -> Any:
        """The first truthy value of an expression, asked again and again in the page.

        Raises:
            AssertionError: It had none in so many seconds.
        """
        value = self.run(f"""new Promise(done => {{
            const end = Date.now() + {seconds * 1000};
            const look = () => {{
                let found = null;
                try {{ found = ({script}) }} catch (error) {{ if (Date.now() > end) throw error }}
                found || Date.now() > end ? done(found) : setTimeout(look, 20);
            }};
            look();
        }})""")
        assert value, f"never came true: {script}\n{self.problems}"
        return value

    def click(self, selector: str) -> None:
        """Click the first element of a CSS selector, once it is there."""
        said = json.dumps(selector)
        self.until(f"!!document.querySelector({said})")
        self.run(f"document.querySelector({said}).click()")

    def fill(self, selector: str, value: str) -> None:
        """Give a field or a selection its value, as if a person had."""
        said, given = json.dumps(selector), json.dumps(value)
        self.until(f"!!document.querySelector({said})")
        self.run(f"""(field => {{
            field.value = {given};
            for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{bubbles: true}}));
        }})(document.querySelector({said}))""")

    def text(self, selector: str = "body") -> str:
        """What one can read in the first element of a selector."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def size(self, width: int, height: int = 900, *, phone: bool = False, dark: bool = False) -> None:
        """Show the page so large, on a phone if said so, in light or dark."""
        self._width = width
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def too_wide(self) -> list[str]:
        """Elements that reach beyond the page's width without scrolling by themselves; none if the page fits."""
        found: list[str] = self.run(
            "(room => {"
            + """
            const scrolls = node => node && node !== document.body && node !== document.documentElement
                && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(node).overflowX)
                    || scrolls(node.parentElement));
            const wide = [...document.body.querySelectorAll('*')].filter(
                node => node.getBoundingClientRect().right > room && !scrolls(node.parentElement));
            const page = Math.max(document.documentElement.scrollWidth, document.documentElement.clientWidth);
            return wide.map(node => node.outerHTML.slice(0, 120)).concat(page > room ? ['page ' + page] : []);
        """
            + f"}})({self._width + 1})"
        )
        return found

    def screenshot(self, path: Path) -> None:
        """The whole page as PNG."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))


@contextmanager
def launch(program: str) -> Iterator[Browser]:
    """A Chromium of its own, gone at the end; RuntimeError with its words if it does not start."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        flags = [*FLAGS, f"--user-data-dir={folder}", *(["--no-sandbox"] if _is_root() else [])]
        process = subprocess.Popen([program, *flags], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            address = _address(process)
            with connect(address, max_size=None, open_timeout=PATIENCE_S, proxy=None) as socket:
                yield Browser(socket)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _address(process: subprocess.Popen[str]) -> str:
    """Where the browser listens, as it says itself; its further words are read away so that it never blocks."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "DevTools listening on " in line:
            threading.Thread(target=_drain, args=(process.stderr,), daemon=True).start()
            return line.rpartition(" ")[2].strip()
    raise RuntimeError(f"Chromium did not start:\n{''.join(said[-20:])}")


def _drain(stream: Any) -> None:
    with stream:
        for _ in stream:
            pass
