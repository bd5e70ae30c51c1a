"""The word or two that changed lines speak of most and did not before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from aircherd.commits.drafting.changes import FileChange
from aircherd.commits.drafting.clues import split_words
from aircherd.commits.drafting.word_set import word_set

_EMPTY = word_set(
    """
    self this return none null true false const let var def function func fn import from
    export default async await new class public private static final void string number
    boolean int str bool list dict set map err error errors nil result value values val data
    item items name names key keys type types option options opts args arg kwargs ctx size len
    length get add with for while not and the that then than when are was has have did does
    will would can could should must only also into use mod pub impl struct enum trait some
    unwrap clone mut ref vec box std char unsigned auto override virtual template typename
    namespace include package interface extends make range slice append print println format
    log assert expect test tests case switch break continue try catch raise throw throws
    except finally pass yield lambda todo object array any super init main line text file
    files path content param params parameter input output current next prev old temp tmp foo
    bar baz index idx entry elem element node undefined instanceof typeof delete else elif end
    begin begins start do done it is as or if in on of to a an by be each one two all more
    most other same what which where who why how there here you your we our they their its but
    so such via per over under about after before between buf ptr uint uint8 uint32 uint64
    int32 int64 i32 u32 u16 u64 usize size_t i64 f64 f32 bytes byte cls obj callback cb fmt
    http https www com org github html json yaml toml module modules exports require console
    argv inline extern explicit nullptr equal equals called call calls run contains
    assertequal assertthat description example examples note notes see following using used
    uses please just sure need needs allow may might returns
    """
)


_WORD = re.compile(r"[A-Za-z][\w-]{2,40}")
_FILES = 8


def topic_of(changes: Sequence[FileChange], fresh_first: bool = True) -> str:
    """The topic of any kind of text, programs or not."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for change in sorted(changes, key=lambda c: -c.weight)[:_FILES]:
        added.update(_WORD.findall("\n".join(change.added)))
        removed.update(_WORD.findall("\n".join(change.removed)))
    fresh = topic(added, removed) if fresh_first else ""
    return fresh or topic(added + removed)


def topic(added: Mapping[str, int], removed: Mapping[str, int] | None = None) -> str:
    """One or two words, or the empty text where nothing stands out.

    Names are taken apart, so that `retryBudget`, `retry_budget` and `RetryBudget` speak of the
    same thing; a second word is named where it mostly goes with the first.
    """
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    spelled: dict[str, str] = {}
    for names, sign in ((added, 1), (removed or {}, -1)):
        for name, count in names.items():
            parts = split_words(name)
            kept = [p.lower() for p in parts]
            for part, word in zip(parts, kept, strict=True):
                if len(word) > 2 and word not in _EMPTY and not word.isdigit():
                    words[word] += sign * count
                    spelled.setdefault(word, part)
            for pair in pairwise(kept):
                pairs[pair] += sign * count
    best = max(words, key=lambda w: (words[w], len(w)), default="")
    if not best or words[best] < 2:
        return ""
    near = [(n, p) for p, n in pairs.items() if best in p and n * 5 >= words[best] * 3]
    for _, (first, second) in sorted(near, reverse=True):
        if len(first) > 2 and len(second) > 2 and not {first, second} & _DETERMINERS:
            return f"{spelled.get(first, first)} {spelled.get(second, second)}"
    return spelled[best]


_DETERMINERS = word_set(
    """
    the self this and not for with from get set has add new
    """
)
