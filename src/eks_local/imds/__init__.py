"""The instance metadata service: what an EC2 instance can ask about itself at 169.254.169.254.

- `snapshot`     one instance and all around it, read from the AWS API's state
- `metadata`     the tree of paths and values, a plain function of a snapshot
- `credentials`  the instance role's keys, known to STS
- `service`      a request's answer: versions 1 and 2, tokens, the instance's metadata options
- `server`       HTTP on a listening socket, with the hop limit

Nothing is cached: every answer is made from EC2's state at the time of asking. Does not know network namespaces;
whoever opens the socket decides who reaches it.
"""

from eks_local.imds.server import Server, serve

__all__ = ["Server", "serve"]
