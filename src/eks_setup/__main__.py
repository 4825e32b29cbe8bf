"""`python3 -m eks_setup environment|world|all [--dev]`: set up what is missing; quiet when nothing is."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this runs on whatever Python a machine has, before there is an environment
    sys.exit(f"set-up: Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}")

from eks_setup import environment, node, packages
from eks_setup.places import checkout
from eks_setup.progress import SetupError, to_stderr


def main(arguments: list[str]) -> int:
    """Run the named part; returns the exit status (0 done, 2 cannot go on)."""
    kind = "dev" if "--dev" in arguments else "runtime"
    part = arguments[0] if arguments else "all"
    root = checkout()
    try:
        if part in {"environment", "all"} and root:
            environment.ensure(root, kind, to_stderr)
        if part in {"world", "all"}:
            packages.ensure(to_stderr)
            if part == "all" and kind == "dev":
                packages.ensure_browser(to_stderr)
            node.binaries(to_stderr)
    except SetupError as error:
        to_stderr(f"set-up: {error}")
        return 2
    except KeyboardInterrupt:
        to_stderr("set-up: interrupted; run the same command again to go on")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
