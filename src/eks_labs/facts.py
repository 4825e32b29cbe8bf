"""The facts of a run, one class each. `eks_labs.events` puts them on a bus and into JSON.

The reference page of the docs is made from here, without running it: what a field is, its unit and what it means.
"""

from dataclasses import dataclass
from typing import Annotated

Seconds = Annotated[float, "s"]
"""A duration. What stands after the type is the unit that the reference page names."""


@dataclass(frozen=True)
class RunStarted:
    """A run begins."""

    lab: str
    """Name of the lab."""
    title: str
    """Its title."""
    target: str
    """"local" or "aws"."""
    folder: str
    """Where everything of this run is kept."""
    diagnostics: str
    """Where the bundle will be if something fails."""
    scenarios: int
    """How many scenarios will be verified."""


@dataclass(frozen=True)
class StageStarted:
    """A stage begins."""

    stage: str
    """Its short name: start, apply, manifests, verify, collect, destroy, prove, stop or keep."""
    title: str
    """What it does, for people."""


@dataclass(frozen=True)
class StageEnded:
    """A stage ended."""

    stage: str
    """Its short name."""
    outcome: str
    """"passed", "failed" or "interrupted"."""
    seconds: Seconds
    """How long it took."""


@dataclass(frozen=True)
class Progress:
    """Something worth a line, in words."""

    stage: str
    """Short name of the stage it belongs to."""
    text: str
    """What there is to say."""


@dataclass(frozen=True)
class ResourceChanged:
    """Terraform works on a resource."""

    address: str
    """Terraform's address of the resource."""
    action: str
    """"create", "update", "delete" or "read"."""
    state: str
    """"started", "running", "done" or "failed"."""
    seconds: Seconds
    """Since it was started, in whole seconds, as Terraform counts."""


@dataclass(frozen=True)
class Diagnostic:
    """Terraform reports an error or a warning."""

    severity: str
    """"error" or "warning"."""
    summary: str
    """In one sentence."""
    detail: str
    """All that Terraform has to say; may be empty."""
    address: str
    """Resource address, empty when it is about none."""
    place: str
    """File and line, empty when unknown."""


@dataclass(frozen=True)
class ManifestApplied:
    """A Kubernetes object was applied."""

    kind: str
    """Its kind."""
    namespace: str
    """Its namespace, "default" when it names none."""
    name: str
    """Its name."""


@dataclass(frozen=True)
class ScenarioStarted:
    """A scenario begins."""

    name: str
    """Its name in the feature file."""
    fidelity: str
    """"exact", "modelled" or "skipped"."""
    exercise: bool
    """Whether it is graded."""


@dataclass(frozen=True)
class StepStarted:
    """A step begins."""

    scenario: str
    """Name of its scenario."""
    keyword: str
    """Given, When, Then, And or But, as written."""
    text: str
    """The sentence after the keyword."""
    docstring: str
    """The text block under the sentence, such as commands; may be empty."""


@dataclass(frozen=True)
class CommandRan:
    """A command at a vantage point, as typed, and what it said."""

    vantage: str
    """Where it ran: "laptop", "bastion", "node NAME", "pod NAME"."""
    text: str
    """The command as typed."""
    output: str
    """Standard output and standard error, interleaved as a terminal shows them."""
    exit_code: int
    """Its exit code; 124 when it was ended at its time limit."""
    seconds: Seconds
    """How long it ran."""


@dataclass(frozen=True)
class StepEnded:
    """A step ended."""

    scenario: str
    """Name of its scenario."""
    keyword: str
    """As in `step_started`."""
    text: str
    """The sentence after the keyword."""
    docstring: str
    """The text block under the sentence; may be empty."""
    outcome: str
    """"passed" or "failed"."""
    seconds: Seconds
    """How long it took, waiting included."""
    commands: tuple[CommandRan, ...] = ()
    """The commands that it ran."""
    expected: str = ""
    """What a failed step expected, else empty."""
    seen: str = ""
    """What it saw last instead, else empty."""
    hint: str = ""
    """What to try; may be empty."""


@dataclass(frozen=True)
class ScenarioEnded:
    """A scenario ended."""

    name: str
    """Its name in the feature file."""
    fidelity: str
    """"exact", "modelled" or "skipped"."""
    exercise: bool
    """Whether it is graded."""
    outcome: str
    """"passed", "failed" or "skipped"."""
    seconds: Seconds
    """How long it took."""
    reason: str = ""
    """Why it was skipped."""


@dataclass(frozen=True)
class Wait:
    """A resource took longer than its API calls explain: the provider waits for a fixed time."""

    address: str
    """Terraform's address of the resource."""
    action: str
    """"create" or "delete"."""
    seconds: Seconds
    """How long it took."""


@dataclass(frozen=True)
class WaitsMeasured:
    """What of Terraform's time was the provider's own waiting."""

    command: str
    """"apply" or "destroy"."""
    seconds: Seconds
    """Wall clock of the command."""
    waited: Seconds
    """Seconds of it in which nothing but waits went on."""
    waits: tuple[Wait, ...]
    """Which resources waited, longest first."""


@dataclass(frozen=True)
class Failed:
    """Something ended the run or a stage of it."""

    what: str
    """What happened."""
    remedy: str
    """What to do about it; may be empty."""
    exit_code: int
    """The exit code that it leads to."""


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C. The first goes through destroy, the second does not."""

    count: int
    """1 or 2."""


@dataclass(frozen=True)
class Scored:
    """A workspace's points."""

    points: int
    """Points got."""
    of: int
    """Points possible."""
    exercises: tuple[tuple[str, int, int], ...]
    """Name, points got, points possible."""


@dataclass(frozen=True)
class RunEnded:
    """A run is over."""

    lab: str
    """Name of the lab."""
    exit_code: int
    """Exit code of the command: 0 passed, 1 a check failed, 2 the lab or its use, 3 the target, 130 interrupted."""
    seconds: Seconds
    """How long the run took, destroy included."""
    passed: int
    """Scenarios that passed."""
    failed: int
    """Scenarios that failed."""
    skipped: int
    """Scenarios that cannot run on the target."""
    kept: bool
    """Whether the lab is still up (`--keep`)."""
    diagnostics: str
    """Folder of the bundle, empty when none was needed."""
