from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from eks_local.aws.identity import Identity
from eks_local.cluster.users import Unmapped, User, user_of
from tests.cluster import records
from tests.cluster.records import cluster, entry, session

ROLE = f"arn:aws:iam::{records.ACCOUNT}:role/ops"


def names(instance: str) -> str | None:
    return {"i-0123": "ip-10-0-1-5.ec2.internal"}.get(instance)


def never() -> Mapping[str, str]:
    raise AssertionError("aws-auth must not be asked for")


def map_user(caller: Identity, mode: str, *entries: Any, aws_auth: Mapping[str, Any] | None = None) -> User:
    data = {key: value if isinstance(value, str) else yaml.safe_dump(value) for key, value in (aws_auth or {}).items()}
    return user_of(caller, cluster(mode=mode), entries, lambda: data, names)


class TestAccessEntries:
    def test_entry_gives_name_and_groups(self) -> None:
        caller = session()
        got = map_user(caller, "API", entry(ROLE, username="admin:{{SessionName}}", kubernetes_groups=("devs",)))
        assert (got.username, got.groups) == ("admin:sess", ("devs",))

    def test_session_name_has_no_at_sign_unless_raw(self) -> None:
        caller = session(name="jane@example.com")
        cooked = map_user(caller, "API", entry(ROLE, username="{{AccountID}}/{{SessionName}}"))
        raw = map_user(caller, "API", entry(ROLE, username="{{SessionNameRaw}}"))
        assert cooked.username == f"{records.ACCOUNT}/jane-example.com"
        assert raw.username == "jane@example.com"

    def test_role_with_a_path_is_found(self) -> None:
        principal = f"arn:aws:iam::{records.ACCOUNT}:role/teams/a/ops"
        assert map_user(session(path="/teams/a/"), "API", entry(principal, username="x")).username == "x"

    def test_node_is_named_after_the_instance_its_session_is_named_after(self) -> None:
        got = map_user(
            session(name="i-0123"),
            "API",
            entry(ROLE, username="system:node:{{EC2PrivateDNSName}}", type="EC2_LINUX"),
        )
        assert got.username == "system:node:ip-10-0-1-5.ec2.internal"
        assert got.groups == ("system:nodes",)

    @pytest.mark.parametrize("name", ["i-9999", "botocore-session-1", ""])
    def test_node_role_without_an_instance_is_nobody(self, name: str) -> None:
        node = entry(ROLE, username="system:node:{{EC2PrivateDNSName}}", type="EC2_LINUX")
        with pytest.raises(Unmapped, match="names no EC2 instance"):
            map_user(session(name=name), "API", node)

    def test_who_the_caller_is_goes_with_the_user(self) -> None:
        got = map_user(session(), "API", entry(ROLE))
        assert got.uid == f"aws-iam-authenticator:{records.ACCOUNT}:AROAOPS"
        assert got.extra == {
            "accessKeyId": ["ASIAOPS"],
            "arn": [f"arn:aws:sts::{records.ACCOUNT}:assumed-role/ops/sess"],
            "canonicalArn": [ROLE],
            "principalId": ["AROAOPS"],
            "sessionName": ["sess"],
        }

    def test_entries_come_before_aws_auth(self) -> None:
        aws_auth = {"mapRoles": [{"rolearn": ROLE, "username": "old", "groups": ["system:masters"]}]}
        assert map_user(session(), "API_AND_CONFIG_MAP", entry(ROLE, username="new"), aws_auth=aws_auth).groups == ()

    def test_nobody_without_an_entry(self) -> None:
        with pytest.raises(Unmapped, match="no access entry"):
            map_user(session(), "API", entry(f"arn:aws:iam::{records.ACCOUNT}:role/other"))

    def test_api_mode_does_not_look_at_aws_auth(self) -> None:
        with pytest.raises(Unmapped):
            user_of(session(), cluster(mode="API"), (), never, names)

    def test_config_map_mode_does_not_look_at_entries(self) -> None:
        with pytest.raises(Unmapped):
            map_user(session(), "CONFIG_MAP", entry(ROLE, username="new"))


class TestAwsAuth:
    def test_role(self) -> None:
        mapped = [{"rolearn": ROLE, "username": "ops:{{SessionName}}", "groups": ["a", "b"]}]
        got = map_user(session(), "CONFIG_MAP", aws_auth={"mapRoles": mapped})
        assert (got.username, got.groups) == ("ops:sess", ("a", "b"))

    def test_node_role(self) -> None:
        node = {"rolearn": ROLE, "username": "system:node:{{EC2PrivateDNSName}}", "groups": ["system:nodes"]}
        got = map_user(session(name="i-0123"), "CONFIG_MAP", aws_auth={"mapRoles": [node]})
        assert got.username == "system:node:ip-10-0-1-5.ec2.internal"

    def test_role_mapped_with_its_path_is_nobody_as_with_the_real_thing(self) -> None:
        with_path = f"arn:aws:iam::{records.ACCOUNT}:role/teams/ops"
        with pytest.raises(Unmapped):
            map_user(
                session(path="/teams/"), "CONFIG_MAP", aws_auth={"mapRoles": [{"rolearn": with_path, "username": "x"}]}
            )
        assert map_user(session(path="/teams/"), "CONFIG_MAP", aws_auth={"mapRoles": [{"rolearn": ROLE}]})

    def test_user(self) -> None:
        mapped = [{"userarn": f"arn:aws:iam::{records.ACCOUNT}:user/dev", "username": "dev", "groups": ["devs"]}]
        got = map_user(records.user(), "CONFIG_MAP", aws_auth={"mapUsers": mapped})
        assert (got.username, got.groups) == ("dev", ("devs",))

    def test_account(self) -> None:
        got = map_user(records.user(), "CONFIG_MAP", aws_auth={"mapAccounts": [records.ACCOUNT]})
        assert (got.username, got.groups) == (f"arn:aws:iam::{records.ACCOUNT}:user/dev", ())

    def test_creator_is_admin_in_config_map_mode_alone(self) -> None:
        creator = records.user("creator")
        assert map_user(creator, "CONFIG_MAP").groups == ("system:masters",)
        with pytest.raises(Unmapped):
            map_user(creator, "API_AND_CONFIG_MAP")

    @pytest.mark.parametrize("text", ["", "not: a list", "- [", "- just text", "[1, null]"])
    def test_unreadable_map_maps_nobody(self, text: str) -> None:
        with pytest.raises(Unmapped):
            map_user(session(), "CONFIG_MAP", aws_auth={"mapRoles": text})
