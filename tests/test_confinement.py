"""When a limit of processes may be set: never where it would be the whole machine's. And what confining costs."""

import subprocess
import sys
from pathlib import Path

import pytest

from eks_local import confinement
from eks_local.confinement import Confinement


@pytest.mark.parametrize(
    ("release", "counted"),
    [
        ("6.18.44-fc-v669", True),
        ("6.14", True),
        ("6.13.9", False),
        ("5.15.0-91-generic", False),
        ("7.0", True),
        ("", False),
    ],
)
def test_pids_are_limited_only_where_they_are_the_namespaces(
    monkeypatch: pytest.MonkeyPatch, release: str, counted: bool
) -> None:
    monkeypatch.setattr("os.uname", lambda: type("Uname", (), {"release": release}))
    line = confinement.command(Confinement(Path("/r"), pids=77), Path("/bin"), ["true"])
    assert ("77" in line) == counted
    assert line[-1] == "true"


def test_who_confines_a_program_imports_nothing_of_the_aws_api(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from eks_local import confinement; "
        "confinement.command(confinement.Confinement(Path(sys.argv[1])), Path('bin'), ['true']); "
        "print({name.partition('.')[0] for name in sys.modules} & {'moto', 'boto3', 'flask'} or 'nothing')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "nothing\n"
