"""Budgets: how many Pods may go at once, and when jobs run."""

from kubernetes import client
from pytest_bdd import parsers, then

from eks_labs.checks import CheckFailed
from eks_labs.checks.context import CheckContext

LIMIT = 60.0
"""Seconds for a controller to look at an object."""


@then(parsers.parse('the CronJob "{name}" runs at "{schedule}"'))
def cron_job_runs(lab: CheckContext, name: str, schedule: str) -> None:
    """There is such a CronJob in the namespace `default`, with this schedule, and it is not suspended."""
    expected = f"a CronJob {name} that runs at {schedule}"
    hint = f"`kubectl get cronjob {name}`"
    jobs = client.BatchV1Api(lab.kubernetes()).list_namespaced_cron_job(
        "default", field_selector=f"metadata.name={name}"
    )
    if not jobs.items:
        raise CheckFailed(expected, f"no CronJob {name}", hint)
    spec = jobs.items[0].spec
    if spec.suspend or " ".join(spec.schedule.split()) != schedule:
        raise CheckFailed(expected, f"schedule {spec.schedule}{', suspended' if spec.suspend else ''}", hint)


@then(parsers.parse('the PodDisruptionBudget "{name}" lets {allowed:d} of {count:d} Pods go'))
def budget_allows(lab: CheckContext, name: str, allowed: int, count: int) -> None:
    """The budget, in the namespace `default`, covers so many Pods, and so many of them may be evicted now."""
    policy = client.PolicyV1Api(lab.kubernetes())
    expected = f"PodDisruptionBudget {name} with {allowed} disruptions allowed of {count} Pods"
    hint = f"`kubectl describe pdb {name}`: its selector must be that of the Pods"
    selector = f"metadata.name={name}"

    def states() -> list[tuple[int, int]]:
        found = policy.list_namespaced_pod_disruption_budget("default", field_selector=selector).items
        return [(budget.status.disruptions_allowed, budget.status.expected_pods) for budget in found if budget.status]

    if not policy.list_namespaced_pod_disruption_budget("default", field_selector=selector).items:
        raise CheckFailed(expected, f"no PodDisruptionBudget {name}", hint)
    lab.eventually(
        states,
        lambda seen: seen == [(allowed, count)],
        expected=expected,
        seen=lambda seen: f"{seen[0][0]} allowed of {seen[0][1]} Pods" if seen else "no status",
        hint=hint,
        seconds=LIMIT,
    )
