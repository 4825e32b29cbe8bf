"""AssumeRole and AssumeRoleWithWebIdentity."""

import re
from typing import Any

from moto.backends import get_backend
from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from eks_local.aws.eks.models.store import EksBackend
from eks_local.aws.identity import Directory
from eks_local.aws.sts import trust, web_identity
from eks_local.aws.sts.errors import StsError, access_denied, invalid_token

_SESSION_NAME = re.compile(r"^[\w+=,.@-]{2,64}$", re.ASCII)
SHORTEST, CHAINED = 900, 3600  # seconds: AWS's limits of a session


class StsResponse(TokenResponse):
    """moto's STS, believing nobody."""

    def call_action(self) -> Any:
        """Run the operation; refusals leave with the status AWS has for them."""
        try:
            return super().call_action()
        except StsError as error:
            side = "Sender" if error.status < 500 else "Receiver"
            text = error.message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            body = (
                '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
                f"<Type>{side}</Type><Code>{error.code}</Code><Message>{text}</Message>"
                "</Error><RequestId>local</RequestId></ErrorResponse>"
            )
            return error.status, {"Content-Type": "text/xml"}, body

    def assume_role(self) -> ActionResult:
        """A session of a role, for a caller that its trust policy names."""
        caller = Directory(self.current_account).identity(self.get_access_key())
        arn = str(self._get_param("RoleArn"))
        refusal = access_denied(
            f"User: {caller.arn if caller else 'anonymous'} is not authorized to perform: sts:AssumeRole on "
            f"resource: {arn}"
        )
        role = self._role(arn)
        if caller is None or role is None:
            raise refusal
        root = f"arn:aws:iam::{caller.account}:root"
        external = self._get_param("ExternalId")
        context = {
            "aws:principalarn": (caller.principal_arn,),
            "aws:principalaccount": (caller.account,),
            "sts:rolesessionname": (str(self._get_param("RoleSessionName")),),
            **({"sts:externalid": (str(external),)} if external else {}),
        }
        names = (caller.arn, caller.principal_arn, root, caller.account)
        if not trust.allows(role.assume_role_policy_document, trust.Request("sts:AssumeRole", "AWS", names, context)):
            raise refusal
        session = self._session(role, CHAINED if caller.session_token else None)
        return ActionResult(_granted(session))

    def assume_role_with_web_identity(self) -> ActionResult:
        """A session of a role, for a service account whose token and issuer check out."""
        token = web_identity.parse(str(self._get_param("WebIdentityToken")))
        provider = self._provider(token)
        keys = self._signing_keys(token.issuer)
        if not keys:
            raise invalid_token(
                "Couldn't retrieve verification key from your identity provider, please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            )
        if not token.signed_by(keys):
            raise invalid_token("Invalid signature: the token is not signed by a key of its issuer")
        token.check_time(web_identity.now())
        audience = next((name for name in token.audiences if name in provider.client_id_list), None)
        if audience is None:
            raise invalid_token("Incorrect token audience")
        role = self._role(str(self._get_param("RoleArn")))
        context = {f"{provider.url}:aud".lower(): token.audiences, f"{provider.url}:sub".lower(): (token.subject,)}
        request = trust.Request("sts:AssumeRoleWithWebIdentity", "Federated", (provider.arn,), context)
        if role is None or not trust.allows(role.assume_role_policy_document, request):
            raise access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
        return ActionResult(
            {
                **_granted(self._session(role)),
                "SubjectFromWebIdentityToken": token.subject,
                "Provider": provider.arn,
                "Audience": audience,
            }
        )

    def get_session_token(self) -> ActionResult:
        """Not there: moto's would be credentials that nobody knows."""
        raise NotImplementedError("the local STS does not implement GetSessionToken")

    def get_federation_token(self) -> ActionResult:
        """Not there: moto's would be credentials that nobody knows."""
        raise NotImplementedError("the local STS does not implement GetFederationToken")

    def assume_role_with_saml(self) -> ActionResult:
        """Not there: nothing here checks an assertion."""
        raise NotImplementedError("the local STS does not implement AssumeRoleWithSAML")

    def _role(self, arn: str) -> Any:
        iam: Any = get_backend("iam")[self.current_account]["aws"]
        return next((role for role in list(iam.roles.values()) if role.arn == arn), None)

    def _session(self, role: Any, longest: int | None = None) -> Any:
        name = str(self._get_param("RoleSessionName") or "")
        if not _SESSION_NAME.match(name):
            raise StsError(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [\\w+=,.@-]*, of length 2 to 64",
            )
        seconds = int(self._get_param("DurationSeconds") or 3600)
        limit = longest or int(role.max_session_duration or 3600)
        if not SHORTEST <= seconds <= limit:
            raise StsError(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                if seconds > limit
                else f"DurationSeconds must be at least {SHORTEST}",
            )
        return self.backend.assume_role(
            region_name=self.region,
            role_session_name=name,
            role_arn=role.arn,
            policy=self._get_param("Policy"),
            duration=seconds,
            external_id=self._get_param("ExternalId"),
        )

    def _provider(self, token: web_identity.WebToken) -> Any:
        """The IAM OIDC provider of the token's issuer."""
        iam: Any = get_backend("iam")[self.current_account]["aws"]
        issuer = token.issuer.removeprefix("https://")
        for provider in list(iam.open_id_providers.values()):
            if token.issuer.startswith("https://") and provider.url == issuer:
                return provider
        raise invalid_token(f"No OpenIDConnect provider found in your account for {token.issuer}")

    def _signing_keys(self, issuer: str) -> tuple[str, ...]:
        """The public keys of the cluster that is this issuer."""
        for region in list(get_backend("eks")[self.current_account].values()):
            backend: EksBackend = region
            for cluster in list(backend.clusters.values()):
                if cluster.issuer == issuer:
                    return cluster.signing_keys
        return ()


def _granted(session: Any) -> dict[str, Any]:
    return {
        "Credentials": session,
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        "PackedPolicySize": 6,
    }
