"""botocore's files: every session reads the same, and they are parsed once."""

import boto3
import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from eks_local.aws import botocore_files


def test_a_second_session_parses_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = JSONFileLoader._load_file

    def counted(self: JSONFileLoader, full_path: str, open_method: object) -> object:
        found = parse(self, full_path, open_method)
        if found is not None:
            parsed.append(full_path)
        return found

    alone = boto3.Session().get_available_regions("ec2")
    monkeypatch.setattr(JSONFileLoader, "_load_file", counted)
    monkeypatch.setattr(JSONFileLoader, "load_file", JSONFileLoader.load_file)  # restored at the end
    botocore_files.read_once()
    found = [boto3.Session().get_available_regions("ec2") for _ in range(3)]
    assert found == [alone] * 3
    assert any("endpoints" in path for path in parsed)
    assert len(parsed) == len(set(parsed)), parsed


def test_a_session_without_settings_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "Session", boto3.Session)  # restored at the end
    botocore_files.share_session()
    assert boto3.Session() is boto3.Session()
    assert boto3.Session(region_name="eu-west-1") is not boto3.Session()


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_regions_are_found_without_a_services_model(monkeypatch: pytest.MonkeyPatch, partition: str) -> None:
    services = ("ec2", "eks", "sts", "iam", "ssm", "s3", "logs", "elb", "elbv2", "no-such-service")
    before = {name: boto3.Session().get_available_regions(name, partition) for name in services}
    assert before["ec2"]
    monkeypatch.setattr(Session, "get_available_regions", Session.get_available_regions)  # restored at the end
    botocore_files.find_regions_by_name()
    assert {name: boto3.Session().get_available_regions(name, partition) for name in services} == before
    monkeypatch.setattr(Loader, "load_service_model", None)
    for known in ("ec2", "iam"):
        assert boto3.Session().get_available_regions(known, partition) == before[known]
