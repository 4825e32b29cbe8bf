"""Budgets: how many Pods may go at once, and when jobs run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
    spec = _cron_job(client.BatchV1Api(lab.kubernetes()), name, expected, hint).spec
    if spec.suspend or " ".join(spec.schedule.split()) != schedule:
        raise CheckFailed(expected, f"schedule {spec.schedule}{', suspended' if spec.suspend else ''}", hint)


@then(parsers.parse('a Job of the CronJob "{name}" succeeds and prints "{text}"'))
def cron_job_works(lab: CheckContext, name: str, text: str) -> None:
    """A Job made from the CronJob now, as `kubectl create job --from` makes one, ends well, and its log has this in it.

    In the namespace `default`. The Job is deleted after.
    """
    batch, core = client.BatchV1Api(lab.kubernetes()), client.CoreV1Api(lab.kubernetes())
    expected = f"a Job of the CronJob {name} that succeeds and prints {text}"
    hint = f"`kubectl create job trial --from cronjob/{name}`, then `kubectl logs job/trial`"
    with _job(batch, _cron_job(batch, name, expected, hint)) as job:

        def look() -> tuple[str, str]:
            state = batch.read_namespaced_job_status(job, "default").status
            ended = [condition.type for condition in state.conditions or [] if condition.status == "True"]
            pods = core.list_namespaced_pod("default", label_selector=f"batch.kubernetes.io/job-name={job}").items
            done = [pod.metadata.name for pod in pods if pod.status.phase == "Succeeded"]
            said = core.read_namespaced_pod_log(done[-1], "default") if "Complete" in ended and done else ""
            phases = ", ".join(pod.status.phase for pod in pods) or "none"
            return (ended[-1] if ended else f"not ended, Pods {phases}"), said

        lab.eventually(
            look,
            lambda seen: seen[0] == "Complete" and text in seen[1],
            expected=expected,
            seen=lambda seen: f"{seen[0]}, log: {seen[1].strip() or 'empty'}",
            hint=hint,
            seconds=LIMIT,
        )


def _cron_job(batch: Any, name: str, expected: str, hint: str) -> Any:
    found = batch.list_namespaced_cron_job("default", field_selector=f"metadata.name={name}").items
    if not found:
        raise CheckFailed(expected, f"no CronJob {name}", hint)
    return found[0]


@contextmanager
def _job(batch: Any, cron_job: Any) -> Iterator[str]:
    """The name of a Job that is the CronJob's next, while it is looked at."""
    body = client.V1Job(
        metadata=client.V1ObjectMeta(
            generate_name=f"{cron_job.metadata.name[:40]}-check-",
            annotations={"cronjob.kubernetes.io/instantiate": "manual"},
        ),
        spec=cron_job.spec.job_template.spec,
    )
    name = batch.create_namespaced_job("default", body).metadata.name
    try:
        yield name
    finally:
        batch.delete_namespaced_job(name, "default", propagation_policy="Background")


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
