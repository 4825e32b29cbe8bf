"""Building the site: pages into a folder, and mkdocs over it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from eks_labs.docs.errors import DocsError
from eks_labs.docs.pages import Pages, make_pages, navigation

LIMIT = 300.0
"""Seconds after which mkdocs is ended."""


def build(root: Path, out: Path, strict: bool = True) -> None:
    """Build the site of the course at `root` into the folder `out`, whose content it replaces.

    `strict` makes mkdocs' warnings, such as a link to a page that does not exist, errors. Raises `DocsError`, also when
    `out` holds anything but a site: a slip of the hand must not empty somebody's folder.
    """
    _require_replaceable(out)
    pages = make_pages(root)
    with tempfile.TemporaryDirectory(prefix="eks-labs-docs-") as scratch:
        sources = Path(scratch) / "pages"
        _write(pages, sources)
        for folder, name in (("styles", "assets"), ("schemas", "schemas")):
            if (root / "site" / folder).is_dir():
                shutil.copytree(root / "site" / folder, sources / name)
        config = Path(scratch) / "mkdocs.yml"
        config.write_text(yaml.safe_dump(_config(root, sources, pages), sort_keys=False))
        _mkdocs(config, out.absolute(), strict)


def _require_replaceable(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()) and not (out / "sitemap.xml").is_file():
        raise DocsError(f"{out} is not empty, and not a site", "Name a new folder with --out.")
    if out.exists() and not out.is_dir():
        raise DocsError(f"{out} is not a folder", "Name a new folder with --out.")


def _write(pages: Pages, folder: Path) -> None:
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _config(root: Path, sources: Path, pages: Pages) -> dict[str, object]:
    """What is only known now, on top of the repository's `mkdocs.yml`."""
    return {"INHERIT": str(root / "mkdocs.yml"), "docs_dir": str(sources), "nav": navigation(pages)}


def _mkdocs(config: Path, out: Path, strict: bool) -> None:
    mkdocs = [sys.executable, "-P", "-m", "mkdocs"]
    command = [*mkdocs, "build", "--clean", "--config-file", str(config), "--site-dir", str(out)]
    # Without a date of its own the sitemap has the day of the build, and no two builds are the same.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "NO_MKDOCS_2_WARNING": "true", "PYTHONWARNINGS": "ignore"}
    if strict:
        command.append("--strict")
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired as error:
        raise DocsError(f"mkdocs did not end within {LIMIT:.0f} s", "Is the machine very busy?") from error
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith(("ERROR", "WARNING", "Error", "Aborted"))]
        raise DocsError("mkdocs: " + "; ".join(said or done.stderr.splitlines()[-5:]), "Correct the page it names.")
