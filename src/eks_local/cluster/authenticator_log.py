"""The authenticator's log: what it decided of each token, in the words of aws-iam-authenticator."""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from eks_local.aws.identity import Identity
from eks_local.cluster.access import without_path
from eks_local.cluster.users import User

_PLAIN = re.compile(r"[\w\-./@^+]+")


class AuthenticatorLog:
    """Appends a line a decision. Any thread may write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def granted(self, caller: Identity, user: User) -> None:
        """`caller` proved who it is, and is `user` in the cluster."""
        self._write(
            "info",
            "access granted",
            {
                "arn": without_path(caller.principal_arn),
                "groups": f"[{' '.join(user.groups)}]",
                "uid": user.uid,
                "username": user.username,
            },
        )

    def denied(self, caller: Identity | None, error: Exception) -> None:
        """The token proves nothing, or `caller` is nobody in the cluster."""
        who = {"arn": without_path(caller.principal_arn)} if caller else {}
        self._write("warning", "access denied", {**who, "error": str(error)})

    def _write(self, level: str, message: str, fields: Mapping[str, str]) -> None:
        line = format_line(datetime.now(UTC), level, message, {**fields, "method": "POST", "path": "/authenticate"})
        with self._lock, self._path.open("a") as log:
            log.write(line + "\n")


def format_line(when: datetime, level: str, message: str, fields: Mapping[str, str]) -> str:
    """A line as logrus writes it: time, level, message, then the other fields by their names."""
    first = [f'time="{when:%Y-%m-%dT%H:%M:%SZ}"', f"level={level}", f"msg={_quoted(message)}"]
    return " ".join([*first, *(f"{name}={_quoted(fields[name])}" for name in sorted(fields))])


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
