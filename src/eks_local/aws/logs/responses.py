"""Operations of CloudWatch Logs that moto has only in part."""

import json

from moto.logs.exceptions import InvalidParameterException
from moto.logs.responses import LogsResponse as MotoResponse

from eks_local.aws.logs.patterns import matcher


class LogsResponse(MotoResponse):
    """moto's operations, with FilterLogEvents as CloudWatch has it."""

    def filter_log_events(self) -> str:
        """Events of all streams, or of those named or whose names begin so, in the order of their time."""
        pattern = self._get_param("filterPattern") or ""
        matcher(pattern)  # a malformed one is refused, whether there are events or not
        names, prefix = self._get_param("logStreamNames") or [], self._get_param("logStreamNamePrefix")
        if names and prefix:
            raise InvalidParameterException("Cannot specify both logStreamNames and logStreamNamePrefix.")
        group = self.logs_backend.groups.get(self._group_name())
        if prefix and group is not None:
            # moto takes an empty list for every stream; a name that no stream can have stands for none.
            names = [name for name in list(group.streams) if name.startswith(prefix)] or ["*"]
        events, token, searched = self.logs_backend.filter_log_events(
            self._group_name(),
            names,
            self._get_param("startTime"),
            self._get_param("endTime"),
            self._get_param("limit"),
            self._get_param("nextToken"),
            pattern,
            True,  # interleaved, whatever is asked: so it is since 2019
        )
        return json.dumps({"events": events, "nextToken": token, "searchedLogStreams": searched})

    def _group_name(self) -> str:
        """The group's name; an identifier may be its ARN."""
        identifier = str(self._get_param("logGroupName") or self._get_param("logGroupIdentifier") or "")
        return identifier.partition(":log-group:")[2].removesuffix(":*") if ":log-group:" in identifier else identifier
