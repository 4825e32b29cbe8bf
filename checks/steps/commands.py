"""Commands: what a person types, where they type it, and what they read."""

from pytest_bdd import parsers, then, when

from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext


@when("I run from the laptop")
def run_from_laptop(lab: CheckContext, docstring: str) -> None:
    """Run the lines between the quotes in a shell on the learner's machine, exactly as they stand.

    They must succeed. Command, output, exit code and duration are recorded for the lab's page.
    """
    lab.run("laptop", docstring)


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
