"""nftables tables as data, and the transactions that put one in the place of another.

A table is replaced by one of another name: everything but its hooks is built beside the old one, in as many steps as
needed, and decides nothing. The last transaction adds the hooks and deletes the old table: packets see the one or the
other, never a mixture, and connections survive. A small table, as nearly all are, is replaced in one transaction.

Why steps: nft sends a transaction as one message, which must fit into the socket's send buffer (net.core.wmem_default,
212,992 bytes), and in a user namespace it cannot enlarge that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_STEP = 1000
"""Weight of a transaction: an element of a set is 1, a rule `_RULE`. Some 100 bytes a unit: half the buffer."""
_RULE = 6


@dataclass(frozen=True)
class Collection:
    """A set or map. `type` as nft writes it: "ipv4_addr", or "ifname : verdict"."""

    kind: str  # set, map
    name: str
    type: str
    elements: tuple[str, ...] = ()
    interval: bool = False


@dataclass(frozen=True)
class Chain:
    """A chain with its rules. `hook`: as in "type filter hook forward priority filter;", empty for a regular chain."""

    name: str
    rules: tuple[str, ...]
    hook: str = ""


@dataclass(frozen=True)
class Table:
    """A table of family ip."""

    collections: tuple[Collection, ...] = ()
    chains: tuple[Chain, ...] = ()


def replacing(table: Table, name: str, old: str | None) -> list[str]:
    """Transactions that make `table` as `name`, and delete the table `old`; the last one is the change itself."""
    regular = [chain for chain in table.chains if not chain.hook]
    hooks = [chain for chain in table.chains if chain.hook]
    built = [(f"add table ip {name}", 1)]
    built += [(f"add chain ip {name} {chain.name}", 1) for chain in regular]
    built += [(_declaration(name, collection), 1) for collection in table.collections]
    for collection in table.collections:
        built += list(_elements(name, collection))
    built += [(f"add rule ip {name} {chain.name} {rule}", _RULE) for chain in regular for rule in chain.rules]
    last = [(f"add chain ip {name} {chain.name} {{ {chain.hook} }}", 1) for chain in hooks]
    last += [(f"add rule ip {name} {chain.name} {rule}", _RULE) for chain in hooks for rule in chain.rules]
    last += [(f"delete table ip {old}", 1)] if old else []
    return _packed(built, last)


def removing(name: str) -> str:
    """The transaction after which there is no table `name`, whether or not there is one now."""
    return f"add table ip {name}\ndelete table ip {name}\n"


def _declaration(table: str, collection: Collection) -> str:
    flags = " flags interval; auto-merge;" if collection.interval else ""
    return f"add {collection.kind} ip {table} {collection.name} {{ type {collection.type};{flags} }}"


def _elements(table: str, collection: Collection) -> Iterator[tuple[str, int]]:
    weight = 2 if collection.interval else 1
    size = _STEP // (4 * weight)
    for start in range(0, len(collection.elements), size):
        part = collection.elements[start : start + size]
        yield f"add element ip {table} {collection.name} {{ {', '.join(part)} }}", weight * len(part)


def _packed(built: Sequence[tuple[str, int]], last: Sequence[tuple[str, int]]) -> list[str]:
    """Statements (with their weights) in as few transactions as can be; those of `last` together in the last one."""
    transactions: list[list[str]] = [[]]
    filled = 0
    for statement, weight in built:
        if filled + weight > _STEP:
            transactions.append([])
            filled = 0
        transactions[-1].append(statement)
        filled += weight
    if filled + sum(weight for _, weight in last) > _STEP:
        transactions.append([])
    transactions[-1] += [statement for statement, _ in last]
    return ["".join(f"{statement}\n" for statement in transaction) for transaction in transactions]
