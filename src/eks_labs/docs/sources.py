"""Reading the site's sources, so that a file that cannot be read is an error that names it."""

from pathlib import Path

from eks_labs.docs.errors import DocsError


def read(path: Path) -> str:
    """The text of a file. Raises `DocsError`."""
    try:
        return path.read_text()
    except FileNotFoundError as error:
        raise DocsError(f"{path} is missing", "A page is made from it.") from error
    except UnicodeDecodeError as error:
        raise DocsError(f"{path} is not text in UTF-8: {error.reason} at byte {error.start}", "Correct it.") from error


def read_all(folder: Path, pattern: str) -> dict[str, str]:
    """The files of a folder and those below it that match, without hidden ones: path within the folder → text."""
    return {
        str(path.relative_to(folder)): read(path)
        for path in sorted(folder.rglob(pattern))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
