"""Answers the API server's reviews from the AWS API's state of the moment."""

from collections.abc import Callable, Mapping
from typing import Any

from eks_local.aws.identity import Directory, Identity
from eks_local.aws.state import AwsState
from eks_local.aws.tokens import TokenRejected, TokenVerifier
from eks_local.cluster import access
from eks_local.cluster.authenticator_log import AuthenticatorLog
from eks_local.cluster.earlier_life import EarlierLife
from eks_local.cluster.users import Unmapped, User, user_of
from eks_local.cluster.webhook import Refused
from eks_local.kube import KubeClient

_AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


class Reviews:
    """The answers for one cluster. `client` may read its aws-auth ConfigMap, and write Nodes."""

    def __init__(
        self, cluster: str, aws: AwsState, client: Callable[[], KubeClient], decisions: AuthenticatorLog
    ) -> None:
        self._cluster = cluster
        self._aws = aws
        self._client = client
        self._decisions = decisions
        self._earlier = EarlierLife(client)
        self._verifier = TokenVerifier(Directory(aws.account), aws.region)

    def authenticate(self, token: str) -> User:
        """The user behind a token of `aws eks get-token`. Raises `Refused` or `Unmapped`."""
        caller: Identity | None = None
        try:
            cluster = self._aws.cluster(self._cluster)
            if cluster is None:
                raise Refused(f"there is no cluster {self._cluster}")
            caller = self._caller(token)
            entries = self._aws.access_entries(self._cluster)
            user = user_of(caller, cluster, entries, self._config_map, self._private_name)
        except (Refused, Unmapped) as error:
            self._decisions.denied(caller, error)
            raise
        self._decisions.granted(caller, user)
        if user.is_node:
            self._earlier.forget()
        return user

    def authorize(self, spec: Mapping[str, Any]) -> str | None:
        """Why an access policy allows what a SubjectAccessReview asks; None when none does."""
        cluster = self._aws.cluster(self._cluster)
        question = access.Question.of_review(spec)
        if cluster is None or question is None or "API" not in cluster.access_config.authentication_mode:
            return None
        return access.allowed(question, self._aws.access_entries(self._cluster))

    def _caller(self, token: str) -> Identity:
        try:
            others = [other.name for other in self._aws.clusters() if other.name != self._cluster]
            return self._verifier.verify(token, self._cluster, others=others)
        except TokenRejected as error:
            raise Refused(str(error)) from error

    def _config_map(self) -> Mapping[str, str]:
        found = self._client().find(_AWS_AUTH)
        return (found or {}).get("data") or {}

    def _private_name(self, instance_id: str) -> str | None:
        for instance in self._aws.instances():
            if instance.id == instance_id and instance.state != "terminated":
                return instance.private_dns_name or None
        return None
