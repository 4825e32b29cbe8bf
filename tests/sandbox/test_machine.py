"""What the machine lacks, said with its remedy."""

import errno
from pathlib import Path

import pytest

from eks_local.sandbox import machine
from eks_local.sandbox.errors import WorldError


def test_a_machine_that_has_everything_has_no_problems():
    assert machine.missing_programs(lambda name: f"/usr/bin/{name}") == []


def test_missing_programs_come_with_their_packages_and_the_command():
    (problem,) = machine.missing_programs(lambda name: None if name in ("nft", "crun") else name)
    assert problem.what == "missing programs: crun (package crun), nft (package nftables)"
    assert problem.remedy.endswith("sudo apt-get install crun nftables")


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"/proc/sys/kernel/unprivileged_userns_clone": "0"}, "kernel.unprivileged_userns_clone=1"),
        (
            {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ({"/proc/sys/user/max_user_namespaces": "0"}, "user.max_user_namespaces=15000"),
        ({"/proc/sys/kernel/unprivileged_userns_clone": "1"}, "--security-opt seccomp=unconfined"),
        ({}, "--security-opt seccomp=unconfined"),
    ],
)
def test_refused_namespaces_come_with_what_allows_them(settings, remedy):
    assert remedy in machine.refusal_remedy(settings.get)


def test_without_unshare_nothing_more_is_tried():
    (problem,) = machine.problems(lambda name: None if name == "unshare" else name)
    assert "util-linux" in problem.what


def test_a_full_disk_is_said_before_anything_starts(tmp_path):
    with pytest.raises(WorldError, match="10 MB are free on its file system, a world needs 300 MB"):
        machine.require_space(tmp_path, lambda _: 10 * 2**20)
    machine.require_space(tmp_path, lambda _: 2**40)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "/x: the disk is full\nFree some space"),
        (errno.EACCES, "/x: Permission denied\nChoose a state folder that you may write to"),
        (errno.EIO, "/x: Input/output error"),
    ],
)
def test_errors_about_the_folder_say_what_to_do(number, said):
    import os

    assert str(machine.explain(OSError(number, os.strerror(number)), Path("/x"))).startswith(said)


@pytest.mark.world
def test_this_machine_can_run_a_world():
    assert machine.problems() == []
