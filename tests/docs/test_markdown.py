"""The Markdown that pages are made of, as HTML: nothing that a command printed gets out of its block."""

import html
import re

import markdown
import pytest
import yaml

from eks_labs.docs.markdown import difference, fence, literal, place, seconds, sentence, slug, wide
from tests.docs.sample import ROOT


def extensions() -> dict[str, dict[str, object]]:
    """The site's, as mkdocs.yml has them."""
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["markdown_extensions"]
    return {name: options or {} for entry in listed for name, options in _pairs(entry)}


def _pairs(entry: object) -> list[tuple[str, dict[str, object]]]:
    return list(entry.items()) if isinstance(entry, dict) else [(str(entry), {})]


def rendered(text: str) -> str:
    configured = extensions()
    return markdown.markdown(text, extensions=list(configured), extension_configs=configured)


def code_of(page: str) -> str:
    """The text of the only code block of a page."""
    (inner,) = re.findall(r"<code[^>]*>(.*?)</code>", page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", inner))


HOSTILE = [
    "plain",
    "```",
    "````\ncode\n````",
    "a `b` ``c`` ```d```",
    "~~~\nx\n~~~",
    "<script>alert(1)</script>",
    "</code></pre><img src=x onerror=alert(1)>",
    "</div></div><h1>out</h1>",
    "&lt;b&gt; &amp; &copy;",
    "{{ scenario: x }}\n{% raw %}",
    "# heading\n\n- list\n\n| a | b |\n|---|---|",
    "[link](javascript:alert(1)) ![img](x)",
    "{: .class onclick=alert(1) }",
    "*[HTML]: x\n[^1]: note\n[a]: http://b",
    '!!! note "x"\n    inside\n\n=== "tab"\n\n    inside',
    "<!-- comment",
    "$NODE `kubectl get` \\ 'x' \"y\"",
    "tab\there\n\tindented by a tab",
    "  indented\n\n\n    four\nzero",
    "é ü 漢字 🙂 \u202eright to left",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("wrap", ["{}", '<div class="run" markdown>\n<div class="o" markdown>\n\n{}\n\n</div>\n</div>'])
def test_a_block_shows_exactly_what_it_was_given(text: str, wrap: str) -> None:
    page = rendered(wrap.replace("{}", fence(text, "text", "no-copy", title='It "printed"')) + "\n\nafter")
    assert code_of(page).rstrip("\n") == text
    assert "<p>after</p>" in page
    assert not re.search(r"<(script|img|h1|table|iframe)\b", page)
    assert "onerror" not in re.sub(r">[^<]*<", "><", page)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[1;32mok\x1b[m done", "ok done"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10 %\r100 %", "10 %100 %"),
        ("dos\r\nlines", "dos\nlines"),
        ("\x02klzzwxh:0001\x03", "klzzwxh:0001"),
        ("nul\x00 bell\x07", "nul bell"),
        ("trailing \n\n\n", "trailing"),
        ("", ""),
    ],
)
def test_what_a_terminal_acts_on_is_left_out(text: str, shown: str) -> None:
    assert code_of(rendered(fence(text, "text"))).rstrip("\n") == shown


@pytest.mark.parametrize(
    "text",
    [
        'each node has the taint "a_b=c_d:NoSchedule"',
        "*all* **of** `it`",
        "<b>bold</b> & more",
        "a | b",
        "[x](y) ![z](w) {: .c }",
        "back\\slash ~~gone~~ # no heading",
        "output contains \"x\" and 'y'",
    ],
)
def test_literal_text_is_text(text: str) -> None:
    page = rendered(f"- {literal(text)}")
    assert html.unescape(re.sub(r"</?(ul|li)>", "", page)).strip() == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0 s"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (60, "1 min 00 s"),
        (125.2, "2 min 05 s"),
        (3725, "62 min 05 s"),
    ],
)
def test_durations(value: float, shown: str) -> None:
    assert seconds(value) == shown


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("{count:d} Pods", "<var>count</var> Pods"),
        ('label "{label}" on {node}', 'label "<var>label</var>" on <var>node</var>'),
        ("nothing to fill in", "nothing to fill in"),
    ],
)
def test_sentences(pattern: str, shown: str) -> None:
    assert sentence(pattern) == shown


@pytest.mark.parametrize("heading", ["Into the wall", "What is set up", "A node's 2 ENIs, seen", "Scaling – back", "x"])
def test_a_slug_is_the_tables_of_contents(heading: str) -> None:
    assert f'id="{slug(heading)}"' in rendered(f"# {heading}")


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("I run from the laptop", "On the laptop"),
        ("I run from the laptop, expecting an error", "On the laptop, expecting an error"),
        ("I run on a node", "On a node"),
        ('I run on the instance "web"', 'On the instance "web"'),
        ("I write to the file web.yaml", "I write to the file web.yaml"),
    ],
)
def test_places(step: str, shown: str) -> None:
    assert place(step) == shown


def test_wide() -> None:
    assert not wide("", 10)
    assert not wide("a" * 10, 10)
    assert wide("short\n" + "a" * 11, 10)


def test_a_difference_shows_what_to_change_and_where() -> None:
    before = "one\ntwo\nthree\nfour\n"
    assert difference(before, before, "main.tf") == ""
    assert difference(before, "one\ntwo\n3\nfour\n", "main.tf").splitlines() == [
        "--- main.tf",
        "+++ main.tf",
        "@@ -1,4 +1,4 @@",
        " one",
        " two",
        "-three",
        "+3",
        " four",
    ]
    assert "+new" in difference("", "new\n", "new.tf")
