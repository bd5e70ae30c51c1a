"""Where the tests of a file belong, by the habits of its language and of the project."""

from __future__ import annotations

import os
import posixpath
from urllib.parse import quote

from aircherd.core.document import Document
from aircherd.core.errors import InvalidRequest
from aircherd.features.sources import Source, Sources


def home_of_tests(sources: Sources, source: Source) -> tuple[Document, bool]:
    """The file the tests go to, and whether it is to be made. Reads files."""
    if source.place.root is None:
        folder, _, name = source.document.uri.rpartition("/")
        uri = f"{folder}/{posixpath.basename(candidates(name, source.document.language)[0])}"
        return Document(uri=uri, text=""), True
    root = source.place.root
    names = candidates(source.name, source.document.language)
    for name in names:
        text = sources.text(source.place, name)
        if text is not None:
            return Document(uri=file_uri(root, name), text=text), False
    for name in names:
        if vacant(root, name):
            return Document(uri=file_uri(root, name), text=""), True
    raise InvalidRequest(
        f"Where tests of {source.name} belong, files are withheld or lie elsewhere; write them "
        "in another file."
    )


def vacant(root: str, name: str) -> bool:
    """Whether a file can be made there: nothing that is not to be seen, no link that leads away."""
    path = f"{root}/{name}"
    return os.path.realpath(path) == os.path.normpath(path) and not os.path.lexists(path)


def file_uri(root: str, name: str) -> str:
    """The URI of a file of a work tree; a `%` or `#` in its name is part of the name."""
    return f"file://{quote(root)}/{quote(name)}"


def candidates(path: str, language: str | None) -> list[str]:
    """Paths the tests of a file may have, the most usual first."""
    folder, name = posixpath.split(path)
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    ending = f".{suffix}" if suffix else ""
    join = posixpath.join
    if language == "python":
        inner = folder.removeprefix("src/").removeprefix("src")
        return [
            join("tests", f"test_{stem}.py"),
            join("tests", inner, f"test_{stem}.py"),
            join("test", f"test_{stem}.py"),
            join(folder, f"test_{stem}.py"),
            join(folder, "tests", f"test_{stem}.py"),
        ]
    if language in ("javascript", "javascriptreact", "typescript", "typescriptreact"):
        return [
            join(folder, f"{stem}.test{ending}"),
            join(folder, f"{stem}.spec{ending}"),
            join(folder, "__tests__", f"{stem}.test{ending}"),
            join("test", f"{stem}.test{ending}"),
            join("tests", f"{stem}.test{ending}"),
        ]
    if language == "go":
        return [join(folder, f"{stem}_test.go")]
    if language in ("java", "kotlin", "scala"):
        mirrored = folder.replace("src/main/", "src/test/", 1)
        return [join(mirrored, f"{stem}Test{ending}")]
    if language == "ruby":
        inner = folder.removeprefix("lib/").removeprefix("lib").removeprefix("app/")
        return [
            join("spec", inner, f"{stem}_spec.rb"),
            join("test", inner, f"{stem}_test.rb"),
        ]
    if language == "rust":
        return [join("tests", f"{stem}.rs")]
    if language == "csharp":
        return [join("tests", f"{stem}Tests.cs")]
    if language == "php":
        return [join("tests", f"{stem}Test.php")]
    return [join("tests", f"test_{stem}{ending}")]
