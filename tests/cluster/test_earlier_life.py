"""What Nodes said in an earlier life of the world is forgotten before the first kubelet reads it."""

import threading

from eks_local.cluster.earlier_life import EarlierLife
from eks_local.kube import KubeError, Object
from tests.node.kube import Api, node

NODE = "/api/v1/nodes/n1/status"


def api() -> Api:
    found = Api()
    found.lists["/api/v1/nodes"] = [node("n1", "i-0123"), node("n2", "i-4567", ready=False)]
    return found


def test_what_nodes_said_is_unknown_and_trouble_stays() -> None:
    kubernetes = api()
    EarlierLife(lambda: kubernetes.client).forget()
    ((_, path, patch),) = kubernetes.calls
    assert path == NODE
    (condition,) = patch["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Ready", "Unknown", "NodeStatusUnknown")


def test_it_is_forgotten_once() -> None:
    kubernetes = api()
    earlier = EarlierLife(lambda: kubernetes.client)
    earlier.forget()
    earlier.forget()
    assert len(kubernetes.calls) == 1


def test_who_comes_meanwhile_waits() -> None:
    forgetting, go_on = threading.Event(), threading.Event()

    class Slow(Api):
        def list(self, path: str, **query: str) -> list[Object]:
            forgetting.set()
            go_on.wait(10)
            return super().list(path, **query)

    kubernetes = Slow()
    kubernetes.lists = api().lists
    earlier = EarlierLife(lambda: kubernetes.client)
    first, second = (threading.Thread(target=earlier.forget) for _ in range(2))
    first.start()
    assert forgetting.wait(10)
    second.start()
    second.join(0.1)
    assert second.is_alive()
    go_on.set()
    first.join(10)
    second.join(10)
    assert len(kubernetes.calls) == 1


def test_a_refusal_keeps_no_node_out() -> None:
    """A learner's own admission webhook may need Pods, and these the nodes."""
    kubernetes = api()
    kubernetes.refusals[NODE] = KubeError(500, "InternalError", "failed calling webhook")
    EarlierLife(lambda: kubernetes.client).forget()
    assert [path for _, path, _ in kubernetes.calls] == [NODE]
