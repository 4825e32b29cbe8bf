"""Running the real Terraform, with a provider mirror found on this machine."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eks_labs.terraform import mirror
from tests.aws.conftest import Api


@dataclass(frozen=True)
class Terraform:
    """One root module in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def prepare(cls, folder: Path, api: Api, text: str) -> "Terraform":
        """Write `text` as the root, and initialise it against `api`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.tf").write_text(text)
        environment = {**os.environ, **api.environment(), **mirror.write(folder), "TF_IN_AUTOMATION": "1"}
        terraform = cls(folder, environment)
        terraform.run("init", "-input=false")
        return terraform

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a subcommand; fails with its output when the exit code is none of `expect`."""
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=420,
        )
        assert done.returncode in expect, f"terraform {arguments[0]}:\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        return done

    def apply(self, **variables: str) -> None:
        """Apply, and see that nothing is left to do."""
        flags = [f"-var={name}={value}" for name, value in variables.items()]
        self.run("apply", "-auto-approve", "-input=false", *flags)
        plan = self.run("plan", "-detailed-exitcode", "-input=false", *flags, expect=(0, 2))
        assert plan.returncode == 0, f"not converged:\n{plan.stdout[-6000:]}"

    def resources(self) -> dict[str, dict[str, Any]]:
        """Attributes of the resources and data sources, by address."""
        shown = json.loads(self.run("show", "-json").stdout)
        resources = shown["values"]["root_module"]["resources"] if shown.get("values") else []
        return {item["address"]: item["values"] for item in resources}
