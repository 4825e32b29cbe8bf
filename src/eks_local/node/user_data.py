"""User data: what an instance is told at its start, taken apart and put together as EKS does.

An EKS image of Amazon Linux 2023 finds NodeConfig documents in it, alone or as parts of a MIME multipart.
"""

import email
import email.message
import email.policy
import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

NODE_CONFIG = "application/node.eks.aws"
SHELL = "text/x-shellscript"
_API_GROUP = "node.eks.aws/"
_BOUNDARY = "//"


@dataclass(frozen=True)
class Part:
    """One part of a multipart user data."""

    content_type: str
    text: str


def parts(user_data: bytes) -> list[Part]:
    """The parts of user data; text that is no multipart is one part, its type found by looking at it."""
    text = user_data.decode(errors="replace")
    if not text.strip():
        return []
    if re.match(r"(?is)\s*(mime-version|content-type)\s*:", text):
        message = email.message_from_string(text.lstrip(), policy=email.policy.default)
        leaves = [leaf for leaf in message.walk() if not leaf.is_multipart()]
        return [Part(leaf.get_content_type(), _payload(leaf)) for leaf in leaves]
    if text.lstrip().startswith("#!"):
        return [Part(SHELL, text)]
    return [Part(NODE_CONFIG if _is_node_config(text) else "text/plain", text)]


def merged(users: bytes, own: Iterable[Part]) -> bytes:
    """The user data of a managed node group: the launch template's parts, then EKS's own, as one multipart."""
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"', ""]
    for part in [*parts(users), *own]:
        lines += [f"--{_BOUNDARY}", f"Content-Type: {part.content_type}", "", part.text.rstrip("\n"), ""]
    return "\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode()


def node_configs(user_data: bytes) -> list[dict[str, object]]:
    """The NodeConfig documents in user data, in order. Raises ValueError when one is no YAML."""
    found = []
    for part in parts(user_data):
        if part.content_type == NODE_CONFIG or (part.content_type == "text/plain" and _is_node_config(part.text)):
            try:
                documents = list(yaml.safe_load_all(part.text))
            except yaml.YAMLError as error:
                raise ValueError(f"a NodeConfig in the user data is not YAML: {error}") from error
            found += [item for item in documents if isinstance(item, dict) and item.get("kind") == "NodeConfig"]
    return found


def _is_node_config(text: str) -> bool:
    return _API_GROUP in text and re.search(r"(?m)^kind:\s*NodeConfig\s*$", text) is not None


def _payload(leaf: email.message.Message) -> str:
    content = leaf.get_payload(decode=True)
    return content.decode(errors="replace") if isinstance(content, bytes) else str(content)
