"""A model's text, opened as a file, can be read and do nothing."""

from __future__ import annotations

import pytest

from aircherd.server.lsp.markdown import harmless


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("![a](https://x/?q=secret)", "!\\[a](https://x/?q=secret)"),
        ("a ![b][c]", "a !\\[b][c]"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y>"),
        ("</div> <!-- x --> <?php", "&lt;/div> &lt;!-- x --> &lt;?php"),
        ("[run](command:x)", "[run] (command:x)"),
        ("[run]( javascript:x)", "[run] ( javascript:x)"),
        ("[run]: vscode://x", "[run] : vscode://x"),
        ("[file](file:///etc/passwd)", "[file] (file:///etc/passwd)"),
        ("\\`![a](u)`", "\\`!\\[a](u)`"),
        ("``![a](u)`", "``!\\[a](u)`"),
        ("`a\nb `![a](u)`", "`a\nb `!\\[a](u)`"),
        ("```a`\n![a](u)", "```a`\n!\\[a](u)"),
        ("- a\n   ```\n![a](u)", "- a\n   ```\n!\\[a](u)"),
        ("> ```\n```\n![a](u)", "> ```\n```\n!\\[a](u)"),
        ("vim: set ft=sh:", "vim : set ft=sh:"),
        (
            "```\n# ex:set sw=9:\n// vim>700: set et\n```",
            "```\n# ex :set sw=9:\n// vim>700 : set et\n```",
        ),
        ("-*- eval: x -*-\nLocal Variables:", "-* - eval: x -* -\nLocal Variables :"),
        ("\x1b]8;;x\x07a\x1b[0m\u202eb\x00", "ab"),
    ],
)
def test_what_acts_is_defused(text: str, safe: str) -> None:
    assert harmless(text) == safe


@pytest.mark.parametrize(
    "text",
    [
        "a [link](https://example.org) and [part](#part), 1 < 2, a <- b",
        "inline `![x](y) <b>` code",
        "```html\n<img src=x>\n![a](b)\n```",
        "~~~\n```\n<b>\n~~~\nend",
        "```make\nall:\n\tcc\n```",
    ],
)
def test_plain_text_and_code_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_after_a_fence_prose_is_prose_again() -> None:
    assert harmless("```\n<b>\n```\n<b>") == "```\n<b>\n```\n&lt;b>"
    assert harmless("````\n```\n<b>\n````\n<b>").endswith("&lt;b>")
