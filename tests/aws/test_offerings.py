"""Instance types that EC2 offers, in a process of its own: moto reads them while it is imported."""

import json
import subprocess
import sys

ASKING = """
import json
from eks_local.aws import offerings
offerings.read_only("eu-west-1")
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
print(json.dumps({
    kind: {region: sorted({(each["InstanceType"], each["Location"]) for each in found})[:3]
           for region, found in regions.items() if found}
    for kind, regions in INSTANCE_TYPE_OFFERINGS.items()
}))
"""


def test_they_are_those_of_the_worlds_region_alone() -> None:
    done = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, text=True, timeout=60, check=True)
    offers = json.loads(done.stdout)
    assert {"region", "availability-zone"} <= set(offers)
    assert {tuple(regions) for regions in offers.values()} == {("eu-west-1",)}
    assert all(location.startswith("eu") for _, location in offers["availability-zone"]["eu-west-1"])
