"""From lines of a component's log to events of CloudWatch Logs: when each was, and what it says. Pure."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypedDict

#: CloudWatch's limit for one event: what is longer is cut.
LARGEST_EVENT = 256 * 1024

_KLOG = re.compile(r"[IWEF](\d{2})(\d{2}) (\d{2}:\d{2}:\d{2}\.\d{6}) ")
_AUDIT = re.compile(r'"stageTimestamp":"([^"]+)"')
_LOGRUS = re.compile(r'time="([^"]+)"')

Clock = Callable[[str, datetime], datetime | None]
"""When a line was written, by what it says itself, given the time now; None when it does not say."""


class Event(TypedDict):
    """An event as PutLogEvents takes it."""

    timestamp: int  # milliseconds since 1970
    message: str


def events(lines: Iterable[bytes], clock: Clock, now: datetime) -> list[Event]:
    """The lines as events in the order of their time. A line that does not tell its time has that of the one before."""
    made: list[Event] = []
    before: datetime | None = None
    for line in lines:
        message = line[:LARGEST_EVENT].decode(errors="replace")
        if not message.strip():
            continue
        before = clock(message, now) or before
        made.append({"timestamp": int((before or now).timestamp() * 1000), "message": message})
    return sorted(made, key=lambda event: event["timestamp"])


def klog(line: str, now: datetime) -> datetime | None:
    """The header of Kubernetes' components: `I1125 22:57:33.123456`, in local time and without a year."""
    found = _KLOG.match(line)
    if not found:
        return None
    month, day, time = found.groups()
    year = now.astimezone().year
    when = datetime.strptime(f"{year}{month}{day} {time}", "%Y%m%d %H:%M:%S.%f").astimezone()
    return when.replace(year=year - 1) if when > now + timedelta(days=1) else when


def audit(line: str, _now: datetime) -> datetime | None:
    """An audit event of the API server: a JSON object a line."""
    return _iso(_AUDIT.search(line))


def logrus(line: str, _now: datetime) -> datetime | None:
    """The authenticator's: `time="2026-11-25T22:57:33Z" level=info …`."""
    return _iso(_LOGRUS.match(line))


def _iso(found: re.Match[str] | None) -> datetime | None:
    try:
        return datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
