"""A terminal of a given size in which the runner works, and what a person would see in it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pyte
from conftest import EXECUTABLE

HISTORY = 10_000


class Screen:
    """Runs `roundtrip` in a terminal of its own, and draws what it writes."""

    def __init__(self, roundtrip, *arguments, columns=80, rows=24, **environment):
        self.screen = pyte.HistoryScreen(columns, rows, history=HISTORY, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.terminal, inside = pty.openpty()
        self._set_size(columns, rows)
        self.process = subprocess.Popen(
            [EXECUTABLE, *map(str, arguments)],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=roundtrip.folder,
            env={**roundtrip.environment, "TERM": "xterm", **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(inside)

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)  # the kernel tells the runner

    def press(self, keys):
        os.write(self.terminal, keys)

    def interrupt(self):
        self.press(b"\x03")

    def read(self, seconds):
        """Draws what comes until then; False when the runner has closed the terminal."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            chunk = os.read(self.terminal, 65536)
        except OSError:  # nobody has it open any more
            return False
        self.written += chunk
        self.stream.feed(chunk)
        return bool(chunk)

    def lines(self):
        """What stands on the screen now."""
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def everything(self):
        """With what has been scrolled out of it."""
        columns = range(self.screen.columns)
        above = ["".join(row[i].data for i in columns).rstrip() for row in self.screen.history.top]
        return "\n".join(above + self.lines())

    def wait_until(self, condition, seconds=20):
        """Whatever is drawn is tried; a loaded machine takes its time."""
        deadline = time.monotonic() + seconds
        while not (found := condition(self)):
            assert time.monotonic() < deadline, self.everything()
            assert self.read(0.05), self.everything()
        return found

    def wait_quietly(self, seconds):
        """Whether anything was drawn for so long."""
        before = len(self.written)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.05)
        return len(self.written) > before

    def wait_for(self, text):
        return self.wait_until(lambda screen: text in screen.everything())

    def end(self):
        """The exit code, when all is drawn."""
        deadline = time.monotonic() + 60
        while self.read(0.1):
            if time.monotonic() > deadline:
                self.process.send_signal(signal.SIGKILL)
        os.close(self.terminal)
        return self.process.wait()
