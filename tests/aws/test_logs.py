"""CloudWatch Logs: what a filter pattern matches, and what FilterLogEvents looks at."""

import json
import time
from pathlib import Path
from typing import Any

import moto.logs.models
import pytest

from eks_local.aws import logs as logs_extension
from eks_local.aws import snapshot
from eks_local.aws.logs.patterns import matcher
from tests.aws.conftest import Api, error_of

DELETE = json.dumps(
    {
        "verb": "delete",
        "user": {"username": "system:serviceaccount:kube-system:generic-garbage-collector", "groups": ["a", "b"]},
        "objectRef": {"resource": "configmaps", "name": "prices"},
        "responseStatus": {"code": 200},
        "annotations": {"authorization.k8s.io/decision": "allow"},
        "dryRun": False,
        "impersonatedUser": None,
    }
)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.verb = "delete" }',
        "{ $.verb = delete }",
        "{$.verb=delete}",
        '{ $.verb = "del*" && $.objectRef.name = "prices" }',
        '{ $.verb = "create" || $.verb = "delete" }',
        '{ ($.verb = "get" || $.verb = "delete") && $.responseStatus.code < 300 }',
        "{ $.verb = get || $.verb = delete && $.responseStatus.code = 200 }",
        "{ $.responseStatus.code >= 2e2 }",
        '{ $.user.username = "*generic-garbage-collector" }',
        "{ $.user.username != %^arn:% }",
        '{ $.user.groups[1] = "b" }',
        '{ $.user.groups[*] = "a" }',
        '{ $.annotations["authorization.k8s.io/decision"] = "allow" }',
        "{ $.dryRun IS FALSE }",
        "{ $.impersonatedUser IS NULL }",
        "{ $.reason NOT EXISTS }",
        "delete",
        '"generic-garbage-collector" delete',
        "prices -create",
        "?create ?delete",
        "%conf[a-z]+maps%",
        "",
    ],
)
def test_a_pattern_that_matches(pattern: str) -> None:
    assert matcher(pattern)(DELETE)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.verb = "create" }',
        '{ $.verb != "delete" }',
        '{ $.verb = "delete" && $.objectRef.name = "tea" }',
        '{ $.verb = "elet" }',
        '{ $.objectRef.namespace != "default" }',  # there is no such field
        "{ $.responseStatus.code > 200 }",
        "{ $.verb > 1 }",
        "{ $.user.groups[2] = c }",
        "{ $.verb NOT EXISTS }",
        "{ $.dryRun IS TRUE }",
        "delete create",
        "-delete",
        "?create ?get",
        "Delete",
        "%^delete%",
    ],
)
def test_a_pattern_that_does_not_match(pattern: str) -> None:
    assert not matcher(pattern)(DELETE)


def test_a_pattern_on_fields_matches_no_event_that_is_no_json() -> None:
    assert not matcher("{ $.verb NOT EXISTS }")('time="…" level=info msg="access granted"')


GROUP, NOW = "/aws/eks/lab/cluster", int(time.time() * 1000)


@pytest.fixture
def logs(api: Api) -> Any:
    """A group with an audit stream of 3 events and a stream of the API server's with 1, between them."""
    client = api.client("logs")
    client.create_log_group(logGroupName=GROUP)
    messages = {
        "kube-apiserver-audit-1f": ((0, DELETE), (2, '{"verb": "get"}'), (3, "{}")),
        "kube-apiserver-1f": ((1, "I1 FLAG"),),
    }
    for stream, events in messages.items():
        client.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        sent = [{"timestamp": NOW + later, "message": message} for later, message in events]
        client.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=sent)
    return client


def filtered(logs: Any, **options: Any) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=GROUP, **options)["events"]]


def test_events_of_all_streams_come_in_the_order_of_their_time(logs: Any) -> None:
    assert filtered(logs) == [DELETE, "I1 FLAG", '{"verb": "get"}', "{}"]
    assert filtered(logs, filterPattern='{ $.verb = "delete" }') == [DELETE]


def test_streams_are_chosen_by_a_prefix_of_their_name_or_by_name(logs: Any) -> None:
    assert filtered(logs, logStreamNamePrefix="kube-apiserver-audit") == [DELETE, '{"verb": "get"}', "{}"]
    assert filtered(logs, logStreamNames=["kube-apiserver-1f"]) == ["I1 FLAG"]
    assert filtered(logs, logStreamNamePrefix="authenticator") == []
    arn = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    found = logs.filter_log_events(logGroupIdentifier=arn, logStreamNamePrefix="kube-apiserver-1")["events"]
    assert [event["message"] for event in found] == ["I1 FLAG"]
    both = error_of(logs.filter_log_events, logGroupName=GROUP, logStreamNamePrefix="k", logStreamNames=["x"])
    assert both[:2] == (400, "InvalidParameterException")


def test_events_outlive_the_process_and_their_ids_do_not_come_again(logs: Any, api: Api, tmp_path: Path) -> None:
    before = {event["eventId"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]}
    snapshot.save(tmp_path / "aws.pickle")
    moto.logs.models.LogEvent._event_id = 0  # as in a new process
    snapshot.load(tmp_path / "aws.pickle", api.server.settings)
    logs_extension.install()
    sent = [{"timestamp": NOW, "message": "later"}]
    logs.put_log_events(logGroupName=GROUP, logStreamName="kube-apiserver-1f", logEvents=sent)
    found = {event["message"]: event["eventId"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]}
    assert DELETE in found
    assert found["later"] not in before


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.verb = }",
        "{ verb = x }",
        "{ $.verb",
        '{ $.a = "b }',
        "{ $.a = 1 $.b = 2 }",
        "{ $.a > x }",
        "{ ($.a = 1 }",
        "%(%",
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(logs: Any, pattern: str) -> None:
    status, code, message = error_of(logs.filter_log_events, logGroupName=GROUP, filterPattern=pattern)
    assert (status, code) == (400, "InvalidParameterException")
    assert "Invalid filter pattern" in message


def test_a_pattern_for_words_between_spaces_is_not_there(logs: Any) -> None:
    status, code, _ = error_of(logs.filter_log_events, logGroupName=GROUP, filterPattern="[ip, user]")
    assert (status, code) == (501, "NotImplemented")


def test_a_group_that_is_not_there_is_not_found(api: Api) -> None:
    missing = error_of(api.client("logs").filter_log_events, logGroupName="none", logStreamNamePrefix="x")
    assert missing[:2] == (400, "ResourceNotFoundException")
