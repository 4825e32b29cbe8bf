"""Who runs on a state folder: one lock, held by the world's launcher as long as anything of the world lives."""

import fcntl
import os
from pathlib import Path


def acquire(path: Path) -> int | None:
    """A file descriptor holding the lock, or None when somebody else does.

    The lock belongs to the open file: it lives until every process that inherited the descriptor has closed it,
    however these processes end.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    return fd
