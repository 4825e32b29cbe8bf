"""A world with nothing in it: whatever EKS records as CREATING, UPDATING or DELETING is done at once."""

import base64

from eks_local.aws.state import AwsState


class Completer:
    """A reconciler that only ends life cycles."""

    name = "completer"

    def __init__(self, state: AwsState) -> None:
        self._state = state

    def reconcile(self) -> None:
        """Complete everything."""
        eks = self._state.eks()
        for cluster in self._state.clusters():
            if cluster.status == "CREATING":
                authority = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
                eks.activate_cluster(cluster.name, certificate_authority=authority, signing_keys=())
            for update in eks.open_updates(cluster.name):
                eks.succeed_update(cluster.name, update.id)
            self._complete_parts(cluster.name)
            if cluster.status == "DELETING":
                eks.remove_cluster(cluster.name)

    def _complete_parts(self, cluster: str) -> None:
        eks = self._state.eks()
        for group in self._state.nodegroups(cluster):
            if group.status == "DELETING":
                eks.remove_nodegroup(cluster, group.nodegroup_name)
            elif group.status == "CREATING":
                eks.change_nodegroup(cluster, group.nodegroup_name, auto_scaling_group=group.auto_scaling_group_name)
                eks.activate_nodegroup(cluster, group.nodegroup_name)
        for addon in self._state.addons(cluster):
            if addon.status == "DELETING":
                eks.remove_addon(cluster, addon.addon_name)
            elif addon.status == "CREATING":
                eks.activate_addon(cluster, addon.addon_name)
        for provider in self._state.identity_providers(cluster):
            name = provider.identity_provider_config_name
            if provider.status == "DELETING":
                eks.remove_identity_provider(cluster, name)
            else:
                eks.activate_identity_provider(cluster, name)
