"""What an AWS account has before anybody made anything: machine images, public parameters, the learner's IAM user."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.amis import Ami
from moto.ssm.models import Parameter

from eks_local.aws.eks.versions import Offer

EKS_IMAGE_OWNER = "602401143452"  # AWS's account for EKS AMIs in commercial regions
AMAZON_OWNER = "137112412989"
CANONICAL_OWNER = "099720109477"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BUILT = datetime(2026, 11, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Learner:
    """The IAM user a learner is, an administrator, with one access key."""

    user_name: str = "learner"
    access_key: str = "AKIALEARNER000000001"
    secret: str = "learner-secret-access-key-for-the-local-world"  # noqa: S105 - opens nothing but the local world


@dataclass(frozen=True)
class _Image:
    name: str
    owner: str
    alias: str | None
    description: str
    architecture: str
    root_device: str
    parameters: tuple[str, ...]

    @property
    def id(self) -> str:
        """Always the same for a name, so that a plan made before a restart holds after it."""
        return "ami-0" + hashlib.sha256(self.name.encode()).hexdigest()[:16]


def plant(account: str, region: str, learner: Learner, versions: Offer) -> None:
    """Put into empty backends what every account starts with. Kubernetes images are those of `versions`."""
    _plant_learner(account, learner)
    for image in (*_linux_images(), *_eks_images(versions)):
        _plant_image(account, region, image)


def release_version(kubernetes: str) -> str:
    """Release of the newest EKS image of a minor version, as node groups show it: `1.35.2-20261102`."""
    return f"{kubernetes}.2-{BUILT:%Y%m%d}"


def _plant_learner(account: str, learner: Learner) -> None:
    iam: Any = get_backend("iam")[account]["aws"]
    user = iam.create_user(region_name="aws", user_name=learner.user_name)
    iam.attach_user_policy(ADMINISTRATOR, learner.user_name)
    key = iam.create_access_key(learner.user_name)
    iam.access_keys.pop(key.physical_resource_id, None)
    key.access_key_id, key.secret_access_key = learner.access_key, learner.secret
    iam.access_keys[key.physical_resource_id] = key
    user.access_keys[:] = [key]


def _plant_image(account: str, region: str, image: _Image) -> None:
    ec2: Any = get_backend("ec2")[account][region]
    ssm: Any = get_backend("ssm")[account][region]
    ec2.amis[image.id] = Ami(
        ec2,
        image.id,
        name=image.name,
        description=image.description,
        owner_id=image.owner,
        owner_alias=image.alias,
        public=True,
        virtualization_type="hvm",
        architecture=image.architecture,
        creation_date=BUILT.replace(tzinfo=None),
        image_location=f"{image.owner}/{image.name}",
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=image.root_device,
        region_name=f"{region}a",
    )
    for name in image.parameters:
        value = release_version(name.split("/")[5]) if name.endswith("release_version") else image.id
        ssm._parameters[name].append(_parameter(account, name, value))


def _parameter(account: str, name: str, value: str) -> Parameter:
    return Parameter(
        account_id=account,
        name=name,
        value=value,
        parameter_type="String",
        description="",
        allowed_pattern=None,
        keyid=None,
        last_modified_date=BUILT.timestamp(),
        version=1,
        data_type="aws:ec2:image" if value.startswith("ami-") else "text",
    )


def _linux_images() -> tuple[_Image, ...]:
    al2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-"
    ubuntu = "/aws/service/canonical/ubuntu/server"
    return (
        _Image(
            "al2023-ami-2023.9.20261102.0-kernel-6.12-x86_64",
            AMAZON_OWNER,
            "amazon",
            "Amazon Linux 2023 AMI 2023.9.20261102.0 x86_64 HVM kernel-6.12",
            "x86_64",
            "/dev/xvda",
            (f"{al2023}default-x86_64", f"{al2023}6.1-x86_64", f"{al2023}6.12-x86_64"),
        ),
        _Image(
            "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261102",
            CANONICAL_OWNER,
            None,
            "Canonical, Ubuntu, 24.04, amd64 noble image",
            "x86_64",
            "/dev/sda1",
            (f"{ubuntu}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",),
        ),
    )


def _eks_images(versions: Offer) -> tuple[_Image, ...]:
    images = []
    for version in versions.versions:
        base = f"/aws/service/eks/optimized-ami/{version.version}/amazon-linux-2023/x86_64/standard/recommended"
        images.append(
            _Image(
                f"amazon-eks-node-al2023-x86_64-standard-{version.version}-v{BUILT:%Y%m%d}",
                EKS_IMAGE_OWNER,
                "amazon",
                f"EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: {version.version}.2)",
                "x86_64",
                "/dev/xvda",
                (f"{base}/image_id", f"{base}/release_version"),
            )
        )
    return tuple(images)
