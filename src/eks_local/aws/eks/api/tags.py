"""Tags of every EKS resource, by ARN."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from moto.core.responses import ActionResult

from eks_local.aws.eks.api.base import EksCalls, tags_of
from eks_local.aws.eks.errors import InvalidParameter
from eks_local.aws.eks.models.store import TaggedTable

MOST_TAGS = 50


class _NotFound(InvalidParameter):
    """The tag calls have an error of their own for unknown ARNs."""

    code = "NotFoundException"


class _BadRequest(InvalidParameter):
    """And one for too many tags."""

    code = "BadRequestException"


class TagCalls(EksCalls):
    """TagResource, UntagResource, ListTagsForResource."""

    def tag_resource(self) -> ActionResult:
        """Add tags, or change their values."""
        self._set({**self._tags(), **tags_of(self.params)})
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        """Remove tags; those that are not there are no error."""
        gone = set(self.params.get("tagKeys") or ())
        self._set({key: value for key, value in self._tags().items() if key not in gone})
        return ActionResult({})

    def list_tags_for_resource(self) -> ActionResult:
        """All tags of a resource."""
        return ActionResult({"tags": self._tags()})

    @property
    def _arn(self) -> str:
        return unquote(self.params["resourceArn"])

    def _tags(self) -> Mapping[str, str]:
        for cluster in self.backend.clusters.values():
            if cluster.arn == self._arn:
                return cluster.tags
        for table in self.backend.tagged_tables():
            record = table.by_arn(self._arn)
            if record is not None:
                return record.tags
        raise _NotFound(f"Resource {self._arn} was not found")

    def _set(self, tags: Mapping[str, str]) -> None:
        if len(tags) > MOST_TAGS:
            raise _BadRequest(f"The number of tags exceeds the limit of {MOST_TAGS}")
        for name, cluster in self.backend.clusters.items():
            if cluster.arn == self._arn:
                self.backend.change_cluster(name, tags=tags)
                return
        for table in self.backend.tagged_tables():
            _retag(table, self._arn, tags)


def _retag(table: TaggedTable, arn: str, tags: Mapping[str, str]) -> None:
    record = table.by_arn(arn)
    if record is not None:
        table.put(replace(record, tags=tags))
