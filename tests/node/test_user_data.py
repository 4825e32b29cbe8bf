import pytest

from eks_local.node.user_data import NODE_CONFIG, SHELL, Part, merged, node_configs, parts

CONFIG = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n      maxPods: 5\n"
MULTIPART = f"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="BOUNDARY"

--BOUNDARY
Content-Type: application/node.eks.aws

---
{CONFIG}
--BOUNDARY
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo hello
--BOUNDARY--
"""


def test_nothing() -> None:
    assert parts(b"") == []
    assert parts(b" \n") == []
    assert node_configs(b"") == []


def test_plain_node_config() -> None:
    assert [part.content_type for part in parts(CONFIG.encode())] == [NODE_CONFIG]
    assert node_configs(CONFIG.encode())[0]["kind"] == "NodeConfig"


def test_script() -> None:
    assert parts(b"#!/bin/bash\necho hi\n") == [Part(SHELL, "#!/bin/bash\necho hi\n")]
    assert node_configs(b"#!/bin/bash\necho 'kind: NodeConfig node.eks.aws/v1'\n") == []


def test_multipart() -> None:
    found = parts(MULTIPART.encode())
    assert [part.content_type for part in found] == [NODE_CONFIG, SHELL]
    assert "echo hello" in found[1].text
    assert len(node_configs(MULTIPART.encode())) == 1


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_multipart_of_terraform_and_of_windows_editors(newline: str) -> None:
    text = MULTIPART.replace("\n", newline).replace("MIME-Version: 1.0" + newline, "", 1)
    assert len(node_configs(text.encode())) == 1


def test_several_documents_in_one_part() -> None:
    assert len(node_configs(f"---\n{CONFIG}\n---\n{CONFIG}".encode())) == 2


def test_other_kinds_are_not_node_configs() -> None:
    assert node_configs(CONFIG.replace("NodeConfig", "Other").encode()) == []


def test_what_is_no_yaml_is_said_so() -> None:
    broken = MULTIPART.replace("maxPods: 5", "maxPods: [")
    with pytest.raises(ValueError, match="not YAML"):
        node_configs(broken.encode())


class TestMerged:
    def test_own_part_comes_last(self) -> None:
        result = merged(MULTIPART.encode(), [Part(NODE_CONFIG, CONFIG.replace("5", "7"))])
        assert [part.content_type for part in parts(result)] == [NODE_CONFIG, SHELL, NODE_CONFIG]
        assert [config["spec"] for config in node_configs(result)] == [
            {"kubelet": {"config": {"maxPods": 5}}},
            {"kubelet": {"config": {"maxPods": 7}}},
        ]

    def test_without_users_there_is_only_the_own_part(self) -> None:
        assert [part.content_type for part in parts(merged(b"", [Part(NODE_CONFIG, CONFIG)]))] == [NODE_CONFIG]

    def test_looks_as_eks_writes_it(self) -> None:
        text = merged(b"", [Part(NODE_CONFIG, CONFIG)]).decode()
        assert text.startswith('MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n--//\n')
        assert text.endswith("--//--\n")
