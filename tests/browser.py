"""A headless Chromium that tests talk to over its DevTools protocol; every request is noted.

Needs a `chromium` (or Chrome) on the path: without one its tests are skipped, and say so.
"""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import websocket  # of websocket-client, which jupyter_server brings

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
PATIENCE = 120.0  # seconds, for a machine that does other things as well


def executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One tab: `open` it, `run` scripts in it, read `requests` and `complaints`."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self.socket, self.numbers = socket, itertools.count(1)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.loaded = False
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters) -> dict:
        """One command, and its answer; events that come in between are noted."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := json.loads(self.socket.recv())).get("id") != number:
            self._note(message)
        assert "error" not in message, f"{method}: {message['error']}"
        return message["result"]

    def _note(self, event: dict) -> None:
        kind, told = event.get("method"), event.get("params", {})
        if kind == "Page.loadEventFired":
            self.loaded = True
        elif kind == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif kind == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif kind == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.complaints.append(json.dumps(told["args"]))
        elif kind == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(json.dumps(told["entry"]))

    def open(self, url: str) -> None:
        """Go there and wait until everything is loaded; the notes begin anew."""
        self.requests, self.complaints, self.loaded = [], [], False
        self.send("Page.navigate", url=url)
        while not self.loaded:
            self._note(json.loads(self.socket.recv()))

    def run(self, script: str):
        """The value of a JavaScript expression, awaited if it is a promise."""
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, json.dumps(answer["exceptionDetails"])
        return answer["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.settle()

    def scheme(self, name: str) -> None:
        """Prefer 'light' or 'dark'."""
        feature = {"name": "prefers-color-scheme", "value": name}
        self.send("Emulation.setEmulatedMedia", features=[feature])

    def settle(self) -> None:
        """Two frames, so that what follows from a change is drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def mouse(self, kind: str, x: float, y: float) -> None:
        """'mousePressed', 'mouseMoved' or 'mouseReleased', with the left button."""
        self.send(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1
        )

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """'touchStart', 'touchMove' or 'touchEnd'."""
        listed = [{"x": x, "y": y} for x, y in points]
        self.send("Input.dispatchTouchEvent", type=kind, touchPoints=listed)

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """A key, down and up: Tab 9, ArrowLeft 37, ArrowUp 38, ArrowRight 39, ArrowDown 40."""
        told = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.send("Input.dispatchKeyEvent", type="keyDown", **told)
        self.send("Input.dispatchKeyEvent", type="keyUp", **told)

    def picture(self, path: Path, whole: bool = True) -> None:
        """The page as PNG, from top to bottom."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def outside(self) -> list[str]:
        """The requests that left the machine."""
        return [url for url in self.requests if not _is_local(url)]


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob") or parts.hostname in ("127.0.0.1", "localhost")


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser with one tab, its own empty profile, gone at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(executable()), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, **quiet) as process:
            try:
                socket = _first_tab(Path(profile) / "DevToolsActivePort")
                yield Page(socket)
                socket.close()
            finally:
                process.terminate()


def _first_tab(port_file: Path) -> websocket.WebSocket:
    """The tab that a fresh browser opens: it writes its port down, and lists its tabs there."""
    end = time.monotonic() + PATIENCE
    while not port_file.exists() or len(port_file.read_text().splitlines()) < 2:
        assert time.monotonic() < end, "the browser did not start"
        time.sleep(0.05)
    port, address = port_file.read_text().splitlines()
    browser = websocket.create_connection(f"ws://127.0.0.1:{port}{address}", timeout=PATIENCE)
    browser.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
    targets = json.loads(browser.recv())["result"]["targetInfos"]
    browser.close()
    tab = next(target["targetId"] for target in targets if target["type"] == "page")
    return websocket.create_connection(
        f"ws://127.0.0.1:{port}/devtools/page/{tab}", timeout=PATIENCE
    )
