"""Failures: commands that must not succeed, and what they say."""

from pytest_bdd import parsers, then, when

from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext


@when("I run from the laptop, expecting an error")
def run_expecting_an_error(lab: CheckContext, docstring: str) -> None:
    """Run the lines between the quotes in a shell on the learner's machine, exactly as they stand.

    They must fail. Command, output, exit code and duration are recorded for the lab's page.
    """
    if lab.run("laptop", docstring, allow_failure=True).exit_code == 0:
        raise CheckFailed("the command to fail", "it succeeded", "run it yourself in `labs shell`")


@then(parsers.parse('the command fails with "{text}"'))
def fails_with(lab: CheckContext, text: str) -> None:
    """The last command ended with another exit code than 0, and its output has this text."""
    command = lab.last_command
    words = " ".join(command.output.split()) or "nothing"
    if command.exit_code == 0 or text not in command.output:
        raise CheckFailed(
            f'a failure with "{text}"',
            f"exit code {command.exit_code}: {words if len(words) <= 300 else f'… {words[-300:]}'}",
            "run the command yourself in `labs shell`, and read its output from the top",
        )
