"""A terminal for tests: a pseudo-terminal with a program on it, and a screen that obeys what the displays send."""

import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
_TOKEN = re.compile(r"\x1b\[(?P<arguments>[0-9;?]*)(?P<command>[A-Za-z])|(?P<text>[^\x1b])", re.DOTALL)


class Screen:
    """Rows as a terminal of this width shows them, those that scrolled away included."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[str] = [""]
        self.row = self.column = 0

    def feed(self, text: str) -> "Screen":
        at = 0
        for token in _TOKEN.finditer(text):
            assert token.start() == at, f"not understood: {text[at : token.start()]!r}"
            at = token.end()
            self._text(token["text"]) if token["text"] else self._command(token["command"], token["arguments"])
        return self

    def _text(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.row += 1
            self.rows += [""] * (self.row - len(self.rows) + 1)
        else:
            if self.column >= self.width:
                self._text("\r")
                self._text("\n")
            row = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = row[: self.column] + char + row[self.column + 1 :]
            self.column += cell_len(char)

    def _command(self, command: str, arguments: str) -> None:
        if command == "A":
            self.row = max(0, self.row - int(arguments or 1))
        elif command == "J":
            self.rows[self.row] = self.rows[self.row][: self.column]
            del self.rows[self.row + 1 :]
        else:
            assert command == "m", f"a display changed a mode: {arguments}{command}"


class Terminal:
    """A replay (`tests.labs.replay`) on a pseudo-terminal that controls it: Ctrl-C works."""

    def __init__(self, width: int, height: int, *arguments: str) -> None:
        self._ours, theirs = os.openpty()
        self.resize(width, height)
        program = [sys.executable, "-m", "tests.labs.replay", *arguments]
        environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        # The first terminal that the leader of a session opens is its controlling one.
        redirect = f'exec "$@" <>{os.ttyname(theirs)} >&0 2>&0'
        self.child = subprocess.Popen(
            ["sh", "-c", redirect, "sh", *program], stdin=theirs, env=environment, cwd=ROOT, start_new_session=True
        )
        os.close(theirs)
        self.sent = ""

    def resize(self, width: int, height: int) -> None:
        ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def read_until(self, accept: Callable[[str], bool], seconds: float = 30) -> str:
        """What was sent by the time `accept` says yes to it, or the program has ended."""
        deadline = time.monotonic() + seconds
        while not accept(self.sent):
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.sent[-500:]!r}"
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    self.sent += os.read(self._ours, 65536).decode(errors="replace")
                except OSError:
                    break
        return self.sent

    def end(self) -> int:
        """Read on until the program ends; its exit code."""
        self.read_until(lambda _: False)
        self.close()
        return self.child.wait(10)

    def close(self) -> None:
        """Close the window."""
        os.close(self._ours)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
