"""The wheel carries the course and the node binaries, so that who installs it needs neither Go nor a checkout.

EKS_LABS_NODE_BIN unset: the binaries are taken from the cache, or built (see eks_setup.node)
python -m pip wheel --no-deps .      or any other front end of PEP 517
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
COURSE = ("labs", "terraform", "manifests", "checks", "site", "mkdocs.yml")
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", ".terraform", ".terraform.lock.hcl", "*.tfstate*", "build")


class WithCourse(build_py):
    """Packages, and beside them what they are about."""

    def run(self) -> None:
        """Build the packages, then copy the course and the binaries in."""
        super().run()
        library = Path(self.build_lib)
        for name in COURSE:
            source, target = ROOT / name, library / "eks_labs" / "course_files" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=NOT_SHIPPED, dirs_exist_ok=True)
            else:
                shutil.copyfile(source, target)
        sys.path.insert(0, str(ROOT / "src"))
        from eks_setup.node import binaries
        from eks_setup.progress import to_stderr

        shutil.copytree(binaries(to_stderr), library / "eks_local" / "bin", dirs_exist_ok=True)


class ForThisPlatform(bdist_wheel):
    """Any Python 3, but only the platform that the binaries are for."""

    def finalize_options(self) -> None:
        """Say that it is not for every platform."""
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        """The wheel's tag."""
        return "py3", "none", super().get_tag()[2]


setup(cmdclass={"build_py": WithCourse, "bdist_wheel": ForThisPlatform})
