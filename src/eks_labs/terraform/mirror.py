"""Providers that are already on this machine, so that `terraform init` needs no network.

A command-line configuration of the user's own is respected as it is. Without one, Terraform looks into a few folders
by itself; we look into those and into the usual places for add-ons, and write a configuration that names what we found.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

PROVIDER = "hashicorp/aws"


def configuration(environment: Mapping[str, str], home: Path, addons: Path = Path("/opt")) -> str | None:
    """The text of a CLI configuration that leads to local providers; None when the user's own should decide.

    "" means that nothing was found: Terraform then asks its registry.
    """
    own = environment.get("TF_CLI_CONFIG_FILE")
    if (own and Path(own).is_file()) or (not own and (home / ".terraformrc").is_file()):
        return None
    mirrors = found(environment, home, addons)
    if not mirrors:
        cache = environment.get("TF_PLUGIN_CACHE_DIR")
        return f'plugin_cache_dir = "{cache}"\n' if cache else ""
    return _text(dict.fromkeys(mirrors))


def found(environment: Mapping[str, str], home: Path, addons: Path = Path("/opt")) -> list[Path]:
    """The folders of this machine that are mirrors with the provider, the implied ones first."""
    return [folder for folder in candidates(environment, home, addons) if holds_provider(folder)]


def candidates(environment: Mapping[str, str], home: Path, addons: Path) -> list[Path]:
    """Where mirrors may be: Terraform's implied ones first (its documentation, "Implied Local Mirror Directories")."""
    data = (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    data_home = environment.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    implied = [home / ".terraform.d" / "plugins", *(Path(base) / "terraform/plugins" for base in [data_home, *data])]
    cache = environment.get("TF_PLUGIN_CACHE_DIR")
    return [*implied, *([Path(cache)] if cache else []), *_folders(addons)]


def holds_provider(folder: Path) -> bool:
    """Whether `folder` is laid out as a mirror, HOST/NAMESPACE/TYPE/…, and has the provider of any host."""
    return any(folder.glob(f"*/{PROVIDER}/*"))


def _folders(addons: Path) -> list[Path]:
    try:
        return sorted(path for path in addons.iterdir() if path.is_dir())
    except OSError:
        return []


def _text(mirrors: Iterable[Path]) -> str:
    sources = "".join(
        f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{PROVIDER}"]\n  }}\n' for mirror in mirrors
    )
    # What a lab needs beyond the mirrored provider still comes from its registry.
    direct = f'  direct {{\n    exclude = ["{PROVIDER}"]\n  }}\n'
    return f"provider_installation {{\n{sources}{direct}}}\n"


def only(folders: Iterable[str]) -> str:
    """The text of a CLI configuration that takes providers from `folders`, and from nowhere else."""
    sources = "".join(f'  filesystem_mirror {{\n    path = "{folder}"\n  }}\n' for folder in folders)
    return f"disable_checkpoint = true\nprovider_installation {{\n{sources}}}\n"


def write(folder: Path, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Write our CLI configuration into `folder` if there is one to write; what to add to Terraform's environment."""
    environment = os.environ if environment is None else environment
    text = configuration(environment, Path.home())
    if text is None:
        own = environment.get("TF_CLI_CONFIG_FILE")
        return {"TF_CLI_CONFIG_FILE": own} if own else {}
    file = folder / "terraform.rc"
    file.write_text("disable_checkpoint = true\n" + text)
    return {"TF_CLI_CONFIG_FILE": str(file)}
