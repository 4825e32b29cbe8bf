"""Who may call the API at all."""

import json
import os
import subprocess
import urllib.request

import pytest

from tests.aws.conftest import Api, error_of


def test_the_learner_is_an_iam_user(api: Api) -> None:
    identity = api.client("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::123456789012:user/learner"
    assert identity["Account"] == "123456789012"


@pytest.mark.parametrize(
    ("service", "call", "status", "code"),
    [
        ("sts", "get_caller_identity", 403, "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", 401, "AuthFailure"),
        ("eks", "list_clusters", 403, "UnrecognizedClientException"),
        ("ssm", "describe_parameters", 403, "UnrecognizedClientException"),
        ("s3", "list_buckets", 403, "InvalidAccessKeyId"),
    ],
)
def test_an_unknown_key_is_refused_in_the_services_words(
    api: Api, service: str, call: str, status: int, code: str
) -> None:
    client = api.client(service, aws_access_key_id="AKIANOBODY0000000000")
    assert error_of(getattr(client, call))[:2] == (status, code)


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("eks", "list_clusters", "InvalidSignatureException"),
        ("ssm", "describe_parameters", "InvalidSignatureException"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_secret_is_refused(api: Api, service: str, call: str, code: str) -> None:
    client = api.client(service, aws_secret_access_key="not-the-secret")
    assert error_of(getattr(client, call))[:2] == (403, code)


def test_a_request_without_signature_is_refused(api: Api) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(api.url)
    assert caught.value.code == 403
    assert json.load(caught.value)["__type"] == "MissingAuthenticationToken"


def test_signatures_cover_paths_queries_and_bodies_of_every_protocol(api: Api, cluster: str) -> None:
    """Each of these is signed over something that a careless check gets wrong."""
    eks, s3, iam = api.client("eks"), api.client("s3"), api.client("iam")
    arn = eks.describe_cluster(name=cluster)["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"what": "a b/ü+%"})
    eks.untag_resource(resourceArn=arn, tagKeys=["x y", "ü+%"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"]["what"] == "a b/ü+%"
    s3.create_bucket(Bucket="books")
    s3.put_object(Bucket="books", Key="a b/ü+%.txt", Body=b"text")
    assert s3.get_object(Bucket="books", Key="a b/ü+%.txt")["Body"].read() == b"text"
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="books", Prefix="a b/ü+")["Contents"]] == ["a b/ü+%.txt"]
    iam.create_user(UserName="one", Path="/a/b/")
    assert iam.list_users(PathPrefix="/a/")["Users"][0]["UserName"] == "one"


def test_presigned_urls_work(api: Api) -> None:
    """moto alone takes every presigned URL for one of S3."""
    s3 = api.client("s3")
    s3.create_bucket(Bucket="books")
    s3.put_object(Bucket="books", Key="one", Body=b"text")
    for client, call, arguments in (
        (s3, "get_object", {"Bucket": "books", "Key": "one"}),
        (api.client("sts"), "get_caller_identity", {}),
    ):
        url = client.generate_presigned_url(call, Params=arguments, HttpMethod="GET")
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200


def test_the_aws_cli_works_with_nothing_but_its_environment(api: Api) -> None:
    done = subprocess.run(
        ["aws", "sts", "get-caller-identity", "--output", "json"],
        env={**os.environ, **api.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["Arn"].endswith(":user/learner")
