"""What must change from one layout to another, as few lines of `ip` as possible. Pure."""

from dataclasses import dataclass

from eks_local.network.layout import Layout, Link, Namespace, Statement


@dataclass(frozen=True)
class Difference:
    """Steps in the order in which they are taken."""

    unlink: tuple[Link, ...] = ()
    remove: tuple[str, ...] = ()
    """Namespaces."""
    create: tuple[Namespace, ...] = ()
    link: tuple[Link, ...] = ()
    retract: tuple[Statement, ...] = ()
    state: tuple[Statement, ...] = ()

    def __bool__(self) -> bool:
        return any((self.unlink, self.remove, self.create, self.link, self.retract, self.state))


def difference(old: Layout, new: Layout) -> Difference:
    """The steps from `old` to `new`."""
    kept_links = set(old.links) & set(new.links)
    kept_namespaces = {namespace.name for namespace in set(old.namespaces) & set(new.namespaces)}
    alive = {(end.netns, end.name) for link in kept_links for end in link.ends}

    def outlives(statement: Statement) -> bool:
        """Whether the kernel still knows it once links and namespaces are gone."""
        if statement.netns and statement.netns not in kept_namespaces:
            return False
        return not statement.link or (statement.netns, statement.link) in alive

    left = {statement for statement in old.statements if outlives(statement)}
    wanted = set(new.statements)
    return Difference(
        unlink=tuple(link for link in old.links if link not in kept_links),
        remove=tuple(n.name for n in old.namespaces if n.name not in kept_namespaces),
        create=tuple(n for n in new.namespaces if n.name not in kept_namespaces),
        link=tuple(link for link in new.links if link not in kept_links),
        retract=tuple(s for s in reversed(old.statements) if s in left and s not in wanted),
        state=tuple(s for s in new.statements if s not in left),
    )
