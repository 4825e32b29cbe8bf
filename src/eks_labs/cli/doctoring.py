"""`labs doctor`."""

import click


@click.command()
def doctor() -> int:
    """Can this machine run labs? What to do if not."""
    from eks_labs.doctor import examine, exit_code
    from eks_labs.run_folder import state_home

    findings = examine(state_home())
    marks = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}
    for finding in findings:
        mark, colour = marks[finding.state]
        click.echo(f"{click.style(mark, fg=colour)} {finding.name}: {finding.found}")
        if finding.state != "ok" and finding.remedy:
            click.echo(f"    {finding.remedy}")
    return int(exit_code(findings))
