"""An edit changes the lines it names and nothing else, or is refused."""

from __future__ import annotations

import contextlib
import difflib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aircherd.core.document import Document
from aircherd.edits.answer import take_apart
from aircherd.edits.match import fit
from aircherd.edits.model import Block, DoesNotFit, applied

LINE = st.text(alphabet="ab {}\té😀", max_size=6)
ENDS = st.sampled_from(["\n", "\r\n"])


def document(text: str, language: str | None = None) -> Document:
    return Document(uri="file:///x", text=text, language=language)


def edited(text: str, answer: str, within: tuple[int, int] | None = None) -> str:
    found = document(text)
    return applied(text, fit(found, take_apart(answer).blocks, within))


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


@given(st.lists(LINE, min_size=1, max_size=12), st.data(), ENDS, st.booleans())
def test_a_block_that_stands_once_is_replaced_and_all_else_stays(
    lines: list[str], data: st.DataObject, end: str, closed: bool
) -> None:
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    new = data.draw(st.lists(st.text(alphabet="xyz", min_size=1, max_size=3), max_size=4))
    search = lines[first : last + 1]
    assume(search[0].strip() and search[-1].strip())
    places = [n for n in range(len(lines)) if lines[n : n + len(search)] == search]
    assume(len(places) == 1)
    text = end.join(lines) + (end if closed else "")
    after = applied(text, fit(document(text), [Block(tuple(search), tuple(new))]))
    expected = [*lines[:first], *new, *lines[last + 1 :]]
    assert after.replace(end, "\n").rstrip("\n") == "\n".join(expected).rstrip("\n")
    assert end not in text or "\n" not in after.replace(end, ""), "line ends are kept"
    if expected:
        assert after.endswith(end) == closed or not new or last + 1 < len(lines)


@given(
    st.lists(
        st.text(alphabet="abcdef", min_size=1, max_size=4), min_size=3, max_size=20, unique=True
    ),
    st.data(),
    ENDS,
)
def test_a_unified_diff_does_what_patch_does(
    lines: list[str], data: st.DataObject, end: str
) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    new = [*lines[:at], "XX", *lines[at + data.draw(st.integers(0, 1)) :]]
    diff = "\n".join(difflib.unified_diff(lines, new, "a/x", "b/x", lineterm="", n=2))
    text = end.join(lines) + end
    for answer in (f"```diff\n{diff}\n```", diff):
        assert edited(text, answer) == end.join(new) + end


@given(st.text(max_size=300), st.text(max_size=200))
def test_no_answer_raises_anything_but_a_refusal(answer: str, text: str) -> None:
    parts = take_apart(answer)
    with contextlib.suppress(DoesNotFit):
        applied(text, fit(document(text), parts.blocks))


CODE = "class A:\n    def run(self):\n        go()\n\n    def stop(self):\n        go()\n"


def test_a_block_at_another_depth_is_put_at_the_right_one() -> None:
    answer = block("def run(self):\n    go()\n", "def run(self):\n    if ready:\n        go()\n")
    assert edited(CODE, answer) == CODE.replace(
        "        go()\n\n", "        if ready:\n            go()\n\n"
    )


def test_spaces_become_the_tabs_of_the_file() -> None:
    text = "func main() {\n\tif x {\n\t\tgo()\n\t}\n}\n"
    answer = block(
        "    if x {\n        go()\n    }\n", "    if x {\n        go()\n        stop()\n    }\n"
    )
    assert edited(text, answer) == "func main() {\n\tif x {\n\t\tgo()\n\t\tstop()\n\t}\n}\n"


def test_what_stands_twice_is_refused_unless_the_selection_tells() -> None:
    answer = block("        go()\n", "        halt()\n")
    with pytest.raises(DoesNotFit, match="2 times"):
        edited(CODE, answer)
    assert edited(CODE, answer, within=(4, 5)) == CODE[: CODE.rindex("go()")] + "halt()\n"


def test_what_stands_twice_in_the_selection_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="2 times"):
        edited(CODE, block("        go()\n", "        halt()\n"), within=(0, 6))


def test_very_long_blocks_are_replaced_in_one() -> None:
    old, new = "same\n" * 30_000, "other\n" * 30_000
    assert edited(f"a\n{old}b\n", block(f"a\n{old}b\n", f"a\n{new}b\n")) == f"a\n{new}b\n"


def test_what_is_not_there_is_refused_with_its_first_line() -> None:
    with pytest.raises(DoesNotFit, match=r"are not there: 'nowhere\(\)'"):
        edited(CODE, block("nowhere()\n", "x\n"))


def test_one_block_that_does_not_fit_stops_them_all() -> None:
    with pytest.raises(DoesNotFit):
        edited(CODE, block("class A:\n", "class B:\n") + block("nowhere()\n", "x\n"))


def test_two_blocks_on_the_same_lines_are_refused() -> None:
    with pytest.raises(DoesNotFit):
        edited(CODE, block("class A:\n", "class B:\n") + block("class A:\n", "class C:\n"))


def test_an_empty_search_is_no_licence_to_overwrite() -> None:
    with pytest.raises(DoesNotFit, match="which lines"):
        edited(CODE, block("", "everything is gone\n"))


def test_lines_that_stay_keep_their_own_ends() -> None:
    text = "one\r\ntwo\nthree\r\n"
    answer = block("one\ntwo\nthree\n", "one\nTWO\nthree\n")
    assert edited(text, answer) == "one\r\nTWO\nthree\r\n"


def test_what_was_not_shown_of_a_line_stays_where_the_line_does() -> None:
    text = "a = 1\u200b\nb = 2\n"
    shown = ["a = 1", "b = 2", ""]
    (found,) = take_apart(block("a = 1\nb = 2\n", "a = 1\nb = 3\n")).blocks
    assert applied(text, fit(document(text), [found], shown=shown)) == "a = 1\u200b\nb = 3\n"


@pytest.mark.parametrize(
    ("answer", "prose", "blocks", "fences"),
    [
        ("Nothing to do.", "Nothing to do.", 0, 0),
        (
            "A.\n\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\nB.",
            "A.\n\nB.",
            1,
            0,
        ),
        ("<think>hm\n<<<<<<< SEARCH\n</think>\nA.", "A.", 0, 0),
        ("A.\n```\ncode\n```", "A.", 0, 1),
        ("<<<<<<< SEARCH\na\n=======\nb\n", "<<<<<<< SEARCH\na\n=======\nb", 0, 0),
        ("<<<<<<<\na\n=======\nb\n>>>>>>>\n", "", 1, 0),
        ("<<<<<<< SEARCH\r\na\r\n=======\r\nb\r\n>>>>>>> REPLACE", "", 1, 0),
        ("````md\n```py\nx\n```\n````", "", 0, 1),
    ],
)
def test_answers_are_taken_apart(answer: str, prose: str, blocks: int, fences: int) -> None:
    found = take_apart(answer)
    assert (found.prose, len(found.blocks), len(found.fences)) == (prose, blocks, fences)


def test_a_block_may_hold_fences_of_its_own() -> None:
    answer = (
        "Done.\n```markdown\n<<<<<<< SEARCH\n# Use\n=======\n# Use\n\n```sh\nrun\n```\n"
        ">>>>>>> REPLACE\n```\n"
    )
    assert edited("# Use\n\nText\n", answer) == "# Use\n\n```sh\nrun\n```\n\nText\n"
    assert take_apart(answer).prose == "Done."
