"""Launching instances: what a launch template says of interfaces, metadata and role, which moto leaves out."""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import MetadataOptions

from eks_local.aws.ec2.exceptions import UnknownInstanceType


class LaunchingBackend(EC2Backend):
    """RunInstances and ModifyInstanceMetadataOptions as EC2 does them."""

    def run_instances(self, image_id: str, count: int, user_data: Any, security_group_names: Any, **kwargs: Any) -> Any:
        """Launch; Auto Scaling groups come here too, with nothing but the template's name."""
        template = self._template_data(kwargs.get("launch_template"))
        instance_type = kwargs.get("instance_type")
        if kwargs.get("is_instance_type_default"):
            instance_type = template.get("InstanceType", instance_type)
        if instance_type not in INSTANCE_TYPES:
            raise UnknownInstanceType(str(instance_type))
        if template.get("MetadataOptions") and not kwargs.get("metadata_options"):
            kwargs["metadata_options"] = template["MetadataOptions"]
        if template.get("NetworkInterfaces") and not kwargs.get("nics"):
            kwargs["nics"] = template["NetworkInterfaces"]
        reservation = super().run_instances(image_id, count, user_data, security_group_names, **kwargs)
        profile = template.get("IamInstanceProfile")
        if profile and not (kwargs.get("iam_instance_profile_name") or kwargs.get("iam_instance_profile_arn")):
            for instance in reservation.instances:
                self.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
        return reservation

    def modify_instance_metadata_options(self, instance_id: str, *args: Any, **kwargs: Any) -> Any:
        """Change the options that were given; moto would reset the others."""
        instance = self.get_instance(instance_id)
        before: MetadataOptions = instance.metadata_options
        changed = super().modify_instance_metadata_options(instance_id, *args, **kwargs)
        given = {
            "http_tokens": kwargs.get("http_tokens"),
            "http_put_response_hop_limit": kwargs.get("hop_limit"),
            "http_endpoint": kwargs.get("http_endpoint"),
            "http_protocol_ipv6": kwargs.get("http_protocol"),
            "instance_metadata_tags": kwargs.get("metadata_tags"),
        }
        for name, value in given.items():
            if value is None:
                setattr(changed, name, getattr(before, name))
        return changed

    def _template_data(self, argument: Any) -> dict[str, Any]:
        return dict(self._get_template_from_args(argument).data) if argument else {}
