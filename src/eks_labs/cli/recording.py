"""What `labs run --record` gives the recorder: the file, the names of this machine's folders, the cluster's version."""

from pathlib import Path

from eks_labs.display.recorder import Recorder
from eks_labs.run.plan import Plan
from eks_labs.run_folder import RunFolder


def recorder_of(planned: Plan, folder: RunFolder) -> Recorder:
    """The recorder of a run."""
    names = {
        folder.laptop: "~",
        folder.workspace: "~/workspace",
        folder.root: "~",
        planned.lab.root: "~/eks-labs",
        Path.home(): "~",
    }
    return Recorder(
        planned.lab.folder / "record.json", names, lambda: _version(folder, planned.lab.observe_from), _partly(planned)
    )


def _partly(planned: Plan) -> str:
    """Why the run is not the whole walkthrough as the page shows it; empty when it is."""
    if planned.options.scenario is not None:
        return "it ran one scenario (--scenario), and a record is of all of them"
    if planned.variant is not None:
        return f"it ran the variant {planned.variant.name}, and the page shows the lab without"
    return ""


def _version(folder: RunFolder, vantage: str) -> str:
    """The Kubernetes version, as the API server itself tells it. Empty when it does not answer."""
    from kubernetes import client

    from eks_labs.run import diagnostics
    from eks_labs.run.record_file import Running
    from eks_labs.targets import open_target

    running = Running.load(folder)
    if running is None or running.cluster is None:
        return ""
    try:
        target = open_target(running.target, folder, running.region)
        api = diagnostics.kubernetes(target, running.cluster, folder, vantage)
        return str(client.VersionApi(api).get_code(_request_timeout=5).git_version).removeprefix("v")
    except Exception:
        # Whether the run has passed is not decided here, whatever the client or the target raises.
        return ""
