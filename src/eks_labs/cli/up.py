"""Which of the labs that are up a command is about."""

from eks_labs.errors import LabsError
from eks_labs.run.record_file import Running
from eks_labs.run_folder import folder_of


def choose(lab: str | None, command: str) -> Running:
    """The lab called `lab`; without a name, the only one that is up. Raises `LabsError`, which shows `command`."""
    from eks_labs.status import names_up

    up = names_up()
    if lab is None and len(up) != 1:
        what = f"{len(up)} labs are up: {', '.join(up)}" if up else "no lab is up"
        raise LabsError(what, f"Name one: {command}" if up else "Start one with: labs run chapter07 --keep")
    name = lab or up[0]
    running = Running.load(folder_of(name))
    if running is None:
        raise LabsError(f"{name} is not up", f"Start it with: labs run {name} --keep")
    return running
