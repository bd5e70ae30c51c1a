"""The language of a file by its name, in the identifiers editors use (LSP's `languageId`)."""

from __future__ import annotations

_BY_SUFFIX = {
    "bash": "shellscript", "bat": "bat", "c": "c", "cc": "cpp", "clj": "clojure", "cpp": "cpp",
    "cs": "csharp", "css": "css", "cxx": "cpp", "dart": "dart", "erl": "erlang", "ex": "elixir",
    "exs": "elixir", "fs": "fsharp", "go": "go", "gradle": "groovy", "graphql": "graphql",
    "groovy": "groovy", "h": "c", "hpp": "cpp", "hs": "haskell", "htm": "html", "html": "html",
    "ini": "ini", "java": "java", "jl": "julia", "js": "javascript", "json": "json",
    "jsonc": "jsonc", "jsx": "javascriptreact", "kt": "kotlin", "kts": "kotlin", "less": "less",
    "lua": "lua", "m": "objective-c", "md": "markdown", "mjs": "javascript", "ml": "ocaml",
    "mts": "typescript", "nim": "nim", "nix": "nix", "php": "php", "pl": "perl", "proto": "proto",
    "ps1": "powershell", "py": "python", "pyi": "python", "r": "r", "rb": "ruby", "rs": "rust",
    "rst": "restructuredtext", "sass": "sass", "scala": "scala", "scss": "scss",
    "sh": "shellscript", "sql": "sql", "svelte": "svelte", "swift": "swift", "tex": "latex",
    "tf": "terraform", "toml": "toml", "ts": "typescript", "tsx": "typescriptreact",
    "txt": "plaintext", "vim": "vim", "vue": "vue", "xml": "xml", "yaml": "yaml", "yml": "yaml",
    "zig": "zig", "zsh": "shellscript",
}  # fmt: skip
_BY_NAME = {
    "cmakelists.txt": "cmake", "dockerfile": "dockerfile", "containerfile": "dockerfile",
    "gemfile": "ruby", "justfile": "just", "makefile": "makefile", "rakefile": "ruby",
}  # fmt: skip


def language(path: bytes) -> str | None:
    """None when the name does not tell."""
    name = path.rpartition(b"/")[2].decode("utf-8", "replace").lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    _, dot, suffix = name.rpartition(".")
    return _BY_SUFFIX.get(suffix) if dot else None
