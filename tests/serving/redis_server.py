"""A real redis-server of Debian, which can be killed and started again."""

import shutil
import socket
import subprocess
from importlib.util import find_spec

from tests.serving.client import until

SETTINGS = ("--appendonly", "yes", "--appendfsync", "always", "--stream-node-max-entries", "1")
MISSING = None
if shutil.which("redis-server") is None:
    MISSING = "redis-server is not installed"
elif find_spec("redis") is None:
    MISSING = "the package redis is not installed"


class RedisServer:
    """A server on a free port, with its files in a folder of its own."""

    def __init__(self, folder, *settings):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder, self.settings, self.process = folder, settings or SETTINGS, None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = subprocess.Popen([*command, "--save", "", *self.settings], stdout=subprocess.DEVNULL)
        until(lambda: self.process.poll() is not None or self.answers())
        assert self.process.poll() is None, "redis-server did not start"

    def kill(self):
        """Kill it with SIGKILL; what it wrote is there."""
        self.process.kill()
        self.process.wait()

    def answers(self):
        try:
            return self.ask(b"PING\r\n").startswith(b"+PONG")
        except OSError:
            return False

    def ask(self, command):
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(command)
            return connection.recv(4096)

    def empty(self):
        """Delete everything."""
        assert self.ask(b"FLUSHALL\r\n").startswith(b"+OK")
