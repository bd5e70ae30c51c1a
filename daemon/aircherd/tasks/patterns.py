"""The words that speak for each task.

The keyword, message and file patterns of the specification are the floor; its one score for every
word ("fix" and "issue" at 0.9 make half of all requests debugging) is replaced by weights, and its
`write.*commit` expressions by ordered words with a bounded gap, which cost linear time.
"""

from __future__ import annotations

from aircherd.core.tasks import TaskKind

K = TaskKind

WORDS: dict[TaskKind, dict[str, float]] = {
    K.COMMIT_MESSAGES: {"commit": 2.2, "changelog": 1.6, "committing": 1.5, "commits": 0.8},
    K.SUMMARIES: {
        "summarize": 2.6,
        "summarise": 2.6,
        "summary": 2.4,
        "tldr": 2.6,
        "overview": 1.4,
        "brief": 1.0,
        "recap": 2.2,
        "digest": 1.4,
        "condense": 1.8,
    },
    K.CODE_REVIEW: {
        "review": 2.4,
        "feedback": 1.6,
        "suggestions": 1.2,
        "improvements": 1.0,
        "critique": 1.8,
        "audit": 1.4,
        "lgtm": 1.6,
        "pr": 0.6,
    },
    K.DOCUMENTATION: {
        "docstring": 2.6,
        "docstrings": 2.6,
        "documentation": 2.0,
        "document": 2.0,
        "docs": 1.4,
        "readme": 1.8,
        "jsdoc": 2.6,
        "javadoc": 2.6,
        "rustdoc": 2.4,
        "comments": 1.2,
    },
    K.REFACTORING: {
        "refactor": 2.8,
        "refactoring": 2.8,
        "restructure": 2.2,
        "simplify": 1.6,
        "extract": 1.2,
        "rename": 1.4,
        "deduplicate": 1.8,
        "decouple": 1.8,
        "cleanup": 1.2,
        "modularize": 1.8,
        "inline": 0.8,
    },
    K.DEBUGGING: {
        "bug": 1.6,
        "debug": 2.2,
        "error": 1.1,
        "errors": 0.9,
        "exception": 1.3,
        "traceback": 2.2,
        "stacktrace": 2.2,
        "crash": 1.6,
        "crashes": 1.6,
        "segfault": 2.2,
        "fix": 1.0,
        "broken": 1.2,
        "fails": 1.4,
        "failing": 1.5,
        "failed": 1.0,
        "problem": 0.6,
        "issue": 0.5,
        "hangs": 1.4,
        "wrong": 0.7,
    },
    K.QUICK_QUESTIONS: {
        "what": 0.7,
        "which": 0.6,
        "when": 0.2,
        "who": 0.5,
        "difference": 0.8,
        "explain": 0.8,
        "meaning": 0.9,
        "syntax": 0.9,
        "mean": 0.7,
        "how": 0.5,
        "does": 0.4,
        "is": 0.15,
    },
    K.CODE_GENERATION: {
        "implement": 2.0,
        "generate": 1.0,
        "create": 0.9,
        "write": 0.8,
        "scaffold": 2.0,
        "boilerplate": 1.8,
        "build": 0.7,
        "add": 0.7,
        "function": 0.6,
        "class": 0.4,
        "script": 0.8,
        "endpoint": 0.9,
        "regex": 0.8,
    },
}
"""Single words, lower case."""

PHRASES: tuple[tuple[TaskKind, tuple[str, ...], float], ...] = (
    (K.COMMIT_MESSAGES, ("git", "commit"), 1.0),
    (K.COMMIT_MESSAGES, ("commit", "message"), 2.5),
    (K.COMMIT_MESSAGES, ("write", "commit"), 2.0),
    (K.COMMIT_MESSAGES, ("generate", "commit"), 2.0),
    (K.COMMIT_MESSAGES, ("create", "commit"), 2.0),
    (K.SUMMARIES, ("give", "summary"), 1.0),
    (K.SUMMARIES, ("what", "about"), 0.6),
    (K.SUMMARIES, ("tl", "dr"), 2.6),
    (K.SUMMARIES, ("sum", "up"), 2.2),
    (K.CODE_REVIEW, ("code", "review"), 1.2),
    (K.CODE_REVIEW, ("review", "code"), 1.0),
    (K.CODE_REVIEW, ("look", "code"), 1.0),
    (K.CODE_REVIEW, ("feedback", "on"), 1.0),
    (K.CODE_REVIEW, ("look", "over"), 1.4),
    (K.DOCUMENTATION, ("write", "docs"), 1.2),
    (K.DOCUMENTATION, ("add", "comments"), 1.2),
    (K.REFACTORING, ("clean", "up"), 1.8),
    (K.REFACTORING, ("split", "into"), 1.2),
    (K.REFACTORING, ("pull", "out"), 1.0),
    (K.DEBUGGING, ("why", "not", "work"), 1.8),
    (K.DEBUGGING, ("why", "fail"), 1.6),
    (K.DEBUGGING, ("error", "when"), 1.4),
    (K.DEBUGGING, ("stack", "trace"), 2.2),
    (K.DEBUGGING, ("not", "working"), 1.6),
    (K.DEBUGGING, ("doesn't", "work"), 1.8),
    (K.DEBUGGING, ("does", "not", "work"), 1.8),
    (K.QUICK_QUESTIONS, ("what", "is"), 1.0),
    (K.QUICK_QUESTIONS, ("what", "does"), 1.0),
    (K.QUICK_QUESTIONS, ("how", "do", "i"), 1.0),
    (K.QUICK_QUESTIONS, ("difference", "between"), 1.2),
    (K.CODE_GENERATION, ("write", "function"), 1.4),
    (K.CODE_GENERATION, ("write", "test"), 1.4),
    (K.CODE_GENERATION, ("write", "tests"), 1.4),
    (K.CODE_GENERATION, ("generate", "tests"), 1.4),
    (K.CODE_GENERATION, ("write", "script"), 1.2),
)
"""Words in this order, each at most `GAP` words behind the one before."""

GAP = 4

COMMANDS: dict[str, TaskKind] = {
    "commit": K.COMMIT_MESSAGES,
    "commitmessage": K.COMMIT_MESSAGES,
    "review": K.CODE_REVIEW,
    "fix": K.DEBUGGING,
    "document": K.DOCUMENTATION,
    "refactor": K.REFACTORING,
    "generate": K.CODE_GENERATION,
    "summarize": K.SUMMARIES,
    "explain": K.QUICK_QUESTIONS,
}
"""Editor commands that say the task by themselves."""
