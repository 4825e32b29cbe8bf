"""What can be wrong with the sources of the site."""

from eks_labs.errors import LabsError


class DocsError(LabsError):
    """A page cannot be made. The message names the file and what is wrong with it."""
