"""Reading a log file as it grows, also across its rotation."""

import os
from pathlib import Path
from typing import BinaryIO

#: Bytes read at a time.
CHUNK = 1 << 20


class Tail:
    """The whole lines of a file from a place on. Holds the file open: what was rotated away is read to its end."""

    def __init__(self, path: Path, offset: int) -> None:
        """Begin at `offset`. There need be no file yet."""
        self._path = path
        self._offset = offset
        self._file: BinaryIO | None = None

    def read(self) -> list[bytes]:
        """The next lines, up to about `CHUNK` bytes; none when there is no whole line more."""
        file = self._file or self._open()
        if file is None:
            return []
        # Looked at before: what is written to the file from here on, and then rotated, is for the next time.
        rotated = self._rotated(file)
        lines = self._lines(file)
        if lines or not rotated:
            return lines
        self.close()
        self._offset = 0
        file = self._open()
        return self._lines(file) if file else []

    def empty(self, larger_than: int) -> None:
        """Empty the file when more than so many bytes of it were read. Only where it is written by appending."""
        if self._offset > larger_than:
            os.truncate(self._path, 0)
            self._offset = 0

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO | None:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return None
        return self._file

    def _lines(self, file: BinaryIO) -> list[bytes]:
        if os.fstat(file.fileno()).st_size < self._offset:
            self._offset = 0  # somebody emptied it
        chunk = os.pread(file.fileno(), CHUNK, self._offset)
        while len(chunk) % CHUNK == 0 and chunk and b"\n" not in chunk:
            more = os.pread(file.fileno(), CHUNK, self._offset + len(chunk))
            if not more:
                break
            chunk += more
        whole = chunk.rfind(b"\n") + 1
        self._offset += whole
        return chunk[:whole].splitlines()

    def _rotated(self, file: BinaryIO) -> bool:
        """Whether the path names another file by now."""
        try:
            return self._path.stat().st_ino != os.fstat(file.fileno()).st_ino
        except FileNotFoundError:
            return False
