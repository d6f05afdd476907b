"""A headless Chromium, driven through two pipes by the Chrome DevTools Protocol: real clicks and real keys."""

import json
import os
import select
import subprocess
import sys
import time
from fcntl import F_DUPFD, fcntl
from itertools import count

from tests.recommender_lab.report.browser import CHROMIUM

SECONDS = 60
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
]
# Chromium reads from 3 and writes to 4, wherever the pipes of this process are.
START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execvp(sys.argv[3], sys.argv[3:])"
)
MIDDLE = """selector => {
    const one = document.querySelector(selector);
    one.scrollIntoView({block: "center"});
    const box = one.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    return one.contains(document.elementFromPoint(x, y)) && {x, y};
}"""
KEYS = {"Tab": (9, ""), "Enter": (13, "\r")}


class Chromium:
    """One process for any number of pages."""

    def __init__(self, folder):
        theirs_in, self._in = os.pipe()
        self._out, theirs_out = os.pipe()
        passed = [fcntl(theirs_in, F_DUPFD, 10), fcntl(theirs_out, F_DUPFD, 10)]
        command = [sys.executable, "-c", START, *map(str, passed), CHROMIUM, *FLAGS, f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            command, pass_fds=passed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
        )
        for one in (theirs_in, theirs_out, *passed):
            os.close(one)
        self._numbers, self._rest, self._pages = count(1), b"", {}

    def close(self):
        """End the process with all of its children."""
        self.send("Browser.close")
        self._process.wait(SECONDS)
        os.close(self._in)
        os.close(self._out)

    def send(self, method, session=None, **params):
        """Send a command and return its result; what happens meanwhile is noted by the pages."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while (found := self._read()).get("id") != number:
            if "method" in found and found.get("sessionId") in self._pages:
                self._pages[found["sessionId"]].note(found)
        assert "error" not in found, found
        return found["result"]

    def page(self, url, width=1280, height=900):
        """Open a page in a profile of its own."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, context)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.send(f"{domain}.enable")
        page.resize(width, height)
        page.go(url)
        return page

    def _read(self):
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._rest:
            ready, *_ = select.select([self._out], [], [], max(0, deadline - time.monotonic()))
            assert ready, "chromium does not answer"
            found = os.read(self._out, 1 << 16)
            assert found, "chromium has ended"
            self._rest += found
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


class Page:
    """A page that notes every address that it asks for and every error."""

    def __init__(self, chromium, session, context):
        self._chromium, self._session, self._context = chromium, session, context
        self.urls, self.errors = [], []

    def send(self, method, **params):
        return self._chromium.send(method, self._session, **params)

    def note(self, event):
        """Keep what is of interest of an event."""
        params = event["params"]
        match event["method"]:
            case "Network.requestWillBeSent":
                self.urls.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.errors.append(params["exceptionDetails"]["exception"].get("description", "an exception"))
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "warning", "assert"}:
                self.errors.append(str(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in {"error", "warning"}:
                self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    def go(self, url):
        self.send("Page.navigate", url=url)
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def resize(self, width, height):
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def run(self, expression):
        """Return the value of an expression; a promise is waited for."""
        found = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression):
        """Ask for an expression again and again until it is true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"never true: {expression}; errors: {self.errors}"

    def click(self, selector, times=1):
        """Move the mouse to the middle of an element, which nothing may cover, and press its left button."""
        place = self.run(f"({MIDDLE})({json.dumps(selector)})")
        assert place, f"{selector} is covered"
        self.send("Input.dispatchMouseEvent", type="mouseMoved", **place)
        for number in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.send("Input.dispatchMouseEvent", type=kind, **place, button="left", clickCount=number)

    def press(self, key):
        """Press and release a key."""
        number, text = KEYS[key]
        code = {"windowsVirtualKeyCode": number, "key": key, "code": key}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **code)
        self.send("Input.dispatchKeyEvent", type="keyUp", **code)

    def write(self, text):
        """Write a text into the element with the focus."""
        self.send("Input.insertText", text=text)

    def close(self):
        """Note what has happened until now, and close the page with its profile."""
        self.run("0")
        self._chromium.send("Target.disposeBrowserContext", browserContextId=self._context)
