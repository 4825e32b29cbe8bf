"""Commands: what a person types, where they type it, and what they read."""

from pytest_bdd import parsers, then, when

from checks.instances import first_node
from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext


@when("I run from the laptop")
def run_from_laptop(lab: CheckContext, docstring: str) -> None:
    """Run the lines between the quotes in a shell on the learner's machine, exactly as they stand.

    They must succeed. Command, output, exit code and duration are recorded for the lab's page.
    """
    lab.run("laptop", docstring)


@when("I run from the bastion")
def run_from_bastion(lab: CheckContext, docstring: str) -> None:
    """Run the lines between the quotes in a shell on the lab's bastion: the instance whose Name tag ends so.

    It has the bastion's network, its files, and the role of its instance profile. They must succeed.
    """
    lab.run("bastion", docstring)


@when(parsers.parse('I run on the instance "{name}"'))
def run_on_instance(lab: CheckContext, name: str, docstring: str) -> None:
    """Run the lines between the quotes in a shell on the instance with this Name tag, id or private DNS name.

    They must succeed.
    """
    lab.run(f"instance {name}", docstring)


@when("I run on a node")
def run_on_node(lab: CheckContext, docstring: str) -> None:
    """Run the lines between the quotes in a shell on a node of the cluster's managed node groups, the first by its id.

    They must succeed. EC2 is asked which nodes there are: the Kubernetes API may be out of reach.
    """
    lab.run(f"instance {first_node(lab)}", docstring)


@then(parsers.parse('the output contains "{text}"'))
def output_contains(lab: CheckContext, text: str) -> None:
    """The last command printed this text."""
    command = lab.last_command
    if text not in command.output:
        words = " ".join(command.output.split()) or "nothing"
        raise CheckFailed(
            f'output with "{text}"',
            words if len(words) <= 300 else f"… {words[-300:]}",
            "run the command yourself in `labs shell`, and read its output from the top",
        )
