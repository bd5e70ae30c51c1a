"""Commit types as data: the usual ones, their other names, and the emoji that stand for them.

Sources: the type lists of commitlint's config-conventional and config-angular (their `type-enum`),
and the meanings gitmoji.dev gives its emoji.
"""

from __future__ import annotations

CONVENTIONAL = (
    "build",
    "chore",
    "ci",
    "docs",
    "feat",
    "fix",
    "perf",
    "refactor",
    "revert",
    "style",
    "test",
)
"""`type-enum` of @commitlint/config-conventional."""

ANGULAR = tuple(t for t in CONVENTIONAL if t != "chore")
"""`type-enum` of @commitlint/config-angular."""

DEFAULT_ORDER = (
    "feat",
    "fix",
    "docs",
    "refactor",
    "test",
    "chore",
    "perf",
    "build",
    "ci",
    "style",
    "revert",
)
"""The same, most useful first, where no history ranks them."""

ALIASES = {
    "feature": "feat",
    "features": "feat",
    "new": "feat",
    "add": "feat",
    "bug": "fix",
    "bugfix": "fix",
    "fixes": "fix",
    "fixed": "fix",
    "hotfix": "fix",
    "patch": "fix",
    "security": "fix",
    "doc": "docs",
    "documentation": "docs",
    "readme": "docs",
    "tests": "test",
    "testing": "test",
    "refact": "refactor",
    "refactoring": "refactor",
    "cleanup": "refactor",
    "performance": "perf",
    "optimize": "perf",
    "format": "style",
    "formatting": "style",
    "lint": "style",
    "deps": "build",
    "dependencies": "build",
    "maintenance": "chore",
    "maint": "chore",
    "misc": "chore",
    "config": "chore",
    "update": "chore",
    "release": "chore",
    "workflow": "ci",
    "undo": "revert",
}
"""What people and models write, and the usual type it means."""

KNOWN = frozenset(CONVENTIONAL) | {
    "feature",
    "bugfix",
    "hotfix",
    "doc",
    "tests",
    "deps",
    "wip",
    "release",
    "security",
    "improvement",
    "enhancement",
    "i18n",
    "a11y",
    "types",
    "dx",
    "ux",
}
"""Words that make `word: text` a conventional subject rather than one with an area."""

EMOJI = {
    "✨": "feat",
    ":sparkles:": "feat",
    "🎉": "feat",
    ":tada:": "feat",
    "🐛": "fix",
    ":bug:": "fix",
    "🚑": "fix",
    ":ambulance:": "fix",
    "🩹": "fix",
    ":adhesive_bandage:": "fix",
    "🔒": "fix",
    ":lock:": "fix",
    "✏": "fix",
    ":pencil2:": "fix",
    "📝": "docs",
    ":memo:": "docs",
    "💡": "docs",
    ":bulb:": "docs",
    "♻": "refactor",
    ":recycle:": "refactor",
    "🔥": "refactor",
    ":fire:": "refactor",
    "🚚": "refactor",
    ":truck:": "refactor",
    "✅": "test",
    ":white_check_mark:": "test",
    "🧪": "test",
    ":test_tube:": "test",
    "🎨": "style",
    ":art:": "style",
    "💄": "style",
    ":lipstick:": "style",
    "🚨": "style",
    ":rotating_light:": "style",
    "⚡": "perf",
    ":zap:": "perf",
    "👷": "ci",
    ":construction_worker:": "ci",
    "💚": "ci",
    ":green_heart:": "ci",
    "⬆": "build",
    ":arrow_up:": "build",
    "⬇": "build",
    ":arrow_down:": "build",
    "📌": "build",
    ":pushpin:": "build",
    "➕": "build",
    ":heavy_plus_sign:": "build",
    "➖": "build",
    ":heavy_minus_sign:": "build",
    "📦": "build",
    ":package:": "build",
    "🔧": "chore",
    ":wrench:": "chore",
    "🔨": "chore",
    ":hammer:": "chore",
    "🔖": "chore",
    ":bookmark:": "chore",
    "🙈": "chore",
    ":see_no_evil:": "chore",
    "⏪": "revert",
    ":rewind:": "revert",
}
"""Emoji without their variation selector, or codes, and the type each stands for."""

DEFAULT_EMOJI = (
    ("feat", "✨"),
    ("fix", "🐛"),
    ("docs", "📝"),
    ("refactor", "♻️"),
    ("test", "✅"),
    ("style", "🎨"),
    ("perf", "⚡️"),
    ("ci", "👷"),
    ("build", "📦️"),
    ("chore", "🔧"),
    ("revert", "⏪️"),
)


def emoji_kind(emoji: str) -> str:
    """The type an emoji or code stands for; `other` where nothing says."""
    return EMOJI.get(emoji.rstrip("\ufe0f"), "other")
