"""Bringing a layout about, by few calls of `ip`.

What was brought about is remembered step by step, so that after a failure the next round takes up where this one
broke off.
"""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from eks_local.network.difference import Difference, difference
from eks_local.network.layout import INTERNET, End, Layout, Link, Namespace, Statement
from eks_local.sandbox import netns
from eks_local.sandbox.netns import CommandFailed

_MTU = 9001
_ADD = {"addr": "replace", "route": "replace", "neigh": "replace", "rule": "add"}
_ALREADY_GONE = ("No such", "Cannot find", "Cannot assign")
_ALREADY_THERE = ("File exists",)
_FAILED = re.compile(r"^Command failed .*:(\d+)$")


class Kernel:
    """The box's network namespaces, as far as this process has made them."""

    def __init__(self) -> None:
        self.applied = Layout()

    def bring(self, wanted: Layout) -> Difference:
        """Make the network `wanted`; returns what had to change. Raises `CommandFailed`, OSError."""
        change = difference(self.applied, wanted)
        if not change:
            return change
        self._unlink(change.unlink)
        for name in change.remove:
            netns.delete(name)
        self._forget(change)
        for namespace in change.create:
            _create(namespace)
            self._remember(namespaces=(*self.applied.namespaces, namespace))
        self._link(change.link)
        self._state(change)
        # In the wanted order, so that later retractions undo it backwards.
        self.applied = wanted
        return change

    def _unlink(self, links: Sequence[Link]) -> None:
        by_place: dict[str, list[str]] = defaultdict(list)
        for link in links:
            by_place[link.near.netns].append(f"link del {link.near.name}")
        for place, lines in by_place.items():
            _run(place, [(line, _ALREADY_GONE) for line in lines])

    def _forget(self, change: Difference) -> None:
        removed, unlinked = set(change.remove), set(change.unlink)
        gone = {(end.netns, end.name) for link in unlinked for end in link.ends}
        self._remember(
            namespaces=tuple(n for n in self.applied.namespaces if n.name not in removed),
            links=tuple(link for link in self.applied.links if link not in unlinked),
            statements=tuple(
                s for s in self.applied.statements if s.netns not in removed and (s.netns, s.link) not in gone
            ),
        )

    def _link(self, links: Sequence[Link]) -> None:
        if not links:
            return
        try:
            netns.ip([_add(link) for link in links])
            _set_sysctls(links)
        except (CommandFailed, OSError):
            # Some are there and some are not: none, so that all can be tried again.
            self._unlink(links)
            raise
        self._remember(links=(*self.applied.links, *links))

    def _state(self, change: Difference) -> None:
        lines: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for namespace in change.create:
            lines[namespace.name].append(("link set lo up", ()))
        for end in _ends(change.link):
            if end.up:
                lines[end.netns].append((f"link set {end.name} up", ()))
        for statement in change.retract:
            lines[statement.netns].append((f"{statement.kind} del {statement.text}", _ALREADY_GONE))
        for statement in change.state:
            line = f"{statement.kind} {_ADD[statement.kind]} {statement.text}"
            lines[statement.netns].append((line, _ALREADY_THERE))
        for place, batch in lines.items():
            _run(place, batch)
            retracted = {s for s in change.retract if s.netns == place}
            stated = tuple(s for s in change.state if s.netns == place)
            left = tuple(s for s in self.applied.statements if s not in retracted)
            self._remember(statements=(*left, *stated))

    def _remember(
        self,
        *,
        namespaces: tuple[Namespace, ...] | None = None,
        links: tuple[Link, ...] | None = None,
        statements: tuple[Statement, ...] | None = None,
    ) -> None:
        now = self.applied
        self.applied = Layout(
            now.namespaces if namespaces is None else namespaces,
            now.links if links is None else links,
            now.statements if statements is None else statements,
        )


def _create(namespace: Namespace) -> None:
    if namespace.name == INTERNET:
        netns.set_sysctls(namespace.sysctls)
    elif netns.exists(namespace.name):
        # A control plane's, whose programs began before its network.
        netns.run_in(namespace.name, partial(netns.set_sysctls, namespace.sysctls))
    else:
        netns.create(namespace.name, namespace.sysctls)


def _set_sysctls(links: Iterable[Link]) -> None:
    by_place: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for end in _ends(links):
        by_place[end.netns] += end.sysctls
    for place, sysctls in by_place.items():
        if sysctls:
            netns.run_in(place, partial(netns.set_sysctls, sysctls))


def _ends(links: Iterable[Link]) -> Iterable[End]:
    for link in links:
        yield from link.ends


def _add(link: Link) -> str:
    near, far = link.near, link.far
    return f"link add {_end(near)} type veth peer {_end(far)}"


def _end(end: End) -> str:
    place = f" netns {end.netns}" if end.netns else ""
    return f"name {end.name}{place} address {end.mac} mtu {_MTU}"


def _run(place: str, lines: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    """Run (line, what it may say when it has nothing to do) in a namespace. Raises `CommandFailed`."""
    argv = ["ip", *(["-n", place] if place else []), "-force", "-batch", "-"]
    text = "".join(f"{line}\n" for line, _ in lines)
    done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=60)
    if done.returncode == 0:
        return
    said: list[str] = []
    for output in done.stderr.splitlines():
        failed = _FAILED.match(output)
        if not failed:
            said.append(output)
            continue
        line, harmless = lines[int(failed.group(1)) - 1]
        message = " ".join(said)
        if not any(word in message for word in harmless):
            raise CommandFailed(f"ip {line} in {place or 'the internet'}: {message}")
        said = []
    if said:
        raise CommandFailed(f"{' '.join(argv)}: {' '.join(said)}")
