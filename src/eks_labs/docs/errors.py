"""What can be wrong with the sources of the site."""


class DocsError(Exception):
    """A page cannot be made. The message names the file and what to change in it."""
