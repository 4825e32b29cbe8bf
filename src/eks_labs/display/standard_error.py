"""Standard error of this process, caught line by line: what is written past a display would tear it."""

import os


class StandardError:
    """Descriptor 2, into a pipe while `caught`. Not for programs that outlive us: their pipe would have no reader."""

    def __init__(self) -> None:
        self._saved = -1
        self._reading = -1
        self._begun = b""

    def catch(self) -> None:
        """From now on what is written to it is kept for `lines`."""
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._saved = os.dup(2)
        os.dup2(writing, 2)
        os.close(writing)

    def lines(self) -> list[str]:
        """What was written since the last call, without the line that is not at its end yet."""
        if self._reading < 0:
            return []
        *whole, self._begun = (self._begun + self._read()).split(b"\n")
        return [line.decode(errors="replace") for line in whole]

    def release(self) -> list[str]:
        """Put it back. What was written since the last call of `lines`, whole."""
        if self._reading < 0:
            return []
        os.dup2(self._saved, 2)
        os.close(self._saved)
        rest = self._begun + self._read()
        os.close(self._reading)
        self._reading, self._begun = -1, b""
        return rest.decode(errors="replace").splitlines()

    def _read(self) -> bytes:
        found = b""
        while True:
            try:
                chunk = os.read(self._reading, 65536)
            except BlockingIOError:
                return found
            if not chunk:
                return found
            found += chunk
