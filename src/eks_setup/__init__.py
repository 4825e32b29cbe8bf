"""Set-up of a bare machine, with the standard library alone: it runs before there is an environment.

Knows: the Python environment, the Debian packages, the Go toolchain, the node binaries.
Does not know: labs, worlds, AWS.
"""
