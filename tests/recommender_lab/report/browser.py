"""A headless Chromium whose every connection ends at a socket of this process, which notes it and does not answer."""

import re
import shutil
import socketserver
import subprocess
import threading
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: chromium)")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=390,800",
    "--virtual-time-budget=5000",
]
HOST = re.compile(r"^[A-Z]+ (?:http://)?([^/: ]+)")
# Hosts that the browser itself calls, whatever the page; these calls get no answer either.
OWN = {"www.google.com", "accounts.google.com", "clients2.google.com", "clients4.google.com", "update.googleapis.com"}


@contextmanager
def listening():
    """Yield a port and the list of the first lines of all that connects to it."""
    seen = []

    class Note(socketserver.StreamRequestHandler):
        def handle(self):
            seen.append(self.rfile.readline().decode("latin-1").strip())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Note) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], seen
        server.shutdown()


def opened(page, fragment, folder):
    """Open a page on a narrow screen; return its HTML after its scripts ran, and the hosts it called."""
    with listening() as (port, seen):
        own = [f"--user-data-dir={folder}", f"--proxy-server=127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>"]
        command = [CHROMIUM, *FLAGS, *own, "--dump-dom", f"{page.as_uri()}{fragment}"]
        found = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, timeout=120)
    return found.stdout, {host for line in seen for host in HOST.findall(line)} - OWN


def at_the_end(text, more):
    """Put more at the end of the body; a library on the page has the text `</body>` too."""
    head, end, tail = text.rpartition("</body>")
    return f"{head}{more}{end}{tail}"
