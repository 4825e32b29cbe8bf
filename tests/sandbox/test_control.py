"""The control socket: questions, answers, refusals, and whatever else may come."""

import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eks_local.sandbox import control
from eks_local.sandbox.errors import WorldError


def refuse(_: object) -> None:
    raise control.Refused("not today")


def fail(_: object) -> None:
    raise KeyError("inner")


@pytest.fixture
def path(tmp_path):
    where = tmp_path / "control"
    server = control.ControlServer(control.bind(where), {"echo": dict, "refuse": refuse, "fail": fail})
    server.start()
    yield where
    server.stop()


def test_an_answer_comes_back_as_it_was_given(path):
    assert control.ask(path, "echo", number=1, text="é") == {"number": 1, "text": "é"}


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("refuse", "^not today$"),
        ("fail", r"^fail failed: KeyError: 'inner'$"),
        ("dance", "knows no “dance”; it knows echo, fail, refuse"),
    ],
)
def test_a_refusal_comes_back_as_a_world_error(path, do, said):
    with pytest.raises(WorldError, match=said):
        control.ask(path, do)


def test_nobody_there_is_said_with_the_path(tmp_path):
    with pytest.raises(WorldError, match="no world answers here"):
        control.ask(tmp_path / "nothing", "echo")


def test_silence_has_a_limit(tmp_path):
    listener = control.bind(tmp_path / "control")
    with listener, pytest.raises(WorldError, match=r"did not answer “echo” within 0\.1 s"):
        control.ask(tmp_path / "control", "echo", timeout=0.1)


def test_a_folder_deeper_than_a_socket_address_is_no_obstacle(tmp_path):
    deep = tmp_path.joinpath(*["folder-with-a-long-name"] * 10)
    deep.mkdir(parents=True)
    server = control.ControlServer(control.bind(deep / "control"), {"hello": lambda _: "there"})
    server.start()
    try:
        assert len(str(deep)) > 200
        assert control.ask(deep / "control", "hello") == "there"
    finally:
        server.stop()


def test_only_the_owner_reaches_it(path):
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_stale_socket_is_replaced(path, tmp_path):
    control.bind(tmp_path / "again").close()
    control.bind(tmp_path / "again").close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.sampled_from([b"null", b"[]", b'{"do": 1}', b'{"do": "echo", "with": 3}']))
)
def test_no_question_takes_it_down(path: Path, garbage: bytes):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(garbage + b"\n")
        connection.recv(65536)
    assert control.ask(path, "echo") == {}
