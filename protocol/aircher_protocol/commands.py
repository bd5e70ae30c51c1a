"""Parameters and results of the commands on code: review, explain, fix, document, refactor,
generate, summarize, and what became of their answers.

Positions, ranges and edits are LSP's own, in the session's position encoding, so that an editor
hands them on as they are. Written as `types.py` is.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from aircher_protocol.types import Answer, DocumentRef, LeftOut, Position, Range


@attrs.frozen(kw_only=True)
class AnnotatedTextEdit:
    """One replacement, as LSP has it."""

    range: Range
    """What is replaced."""
    new_text: str
    """What stands there afterwards."""
    annotation_id: str
    """Key of the annotation that says what it is for."""


@attrs.frozen(kw_only=True)
class VersionedDocument:
    """A document at one version, as LSP has it."""

    uri: str
    """Its URI."""
    version: int | None
    """The version the edits were made for; null when it is not open in the editor."""


@attrs.frozen(kw_only=True)
class TextDocumentEdit:
    """Replacements in one document, as LSP has it."""

    text_document: VersionedDocument
    """Which document, at which version."""
    edits: tuple[AnnotatedTextEdit, ...]
    """Replacements that do not overlap, all against that version."""


@attrs.frozen(kw_only=True)
class CreateFileOptions:
    """What to do when the file is there already."""

    overwrite: bool = False
    """Never set: nothing is overwritten."""
    ignore_if_exists: bool = True
    """Go on with the edits."""


@attrs.frozen(kw_only=True)
class CreateFile:
    """A file to be made, as LSP has it."""

    kind: str = "create"
    """Always `create`."""
    uri: str
    """Its URI."""
    options: CreateFileOptions
    """What to do when it is there already."""
    annotation_id: str
    """Key of the annotation that says what it is for."""


@attrs.frozen(kw_only=True)
class ChangeAnnotation:
    """What an edit is for, as LSP has it."""

    label: str
    """In a few words."""
    needs_confirmation: bool = True
    """Whether the user should see it before it is made: always."""
    description: str = ""
    """In a sentence."""


@attrs.frozen(kw_only=True)
class WorkspaceEdit:
    """Changes to documents, as LSP has it; to be applied whole or not at all."""

    document_changes: tuple[TextDocumentEdit | CreateFile, ...]
    """In the order they are made."""
    change_annotations: dict[str, ChangeAnnotation]
    """What the edits are for, by their keys."""


class ReviewScope(StrEnum):
    """What is reviewed."""

    STAGED = "staged"
    """The change that is staged."""
    BRANCH = "branch"
    """What the branch's commits change against their base."""
    SELECTION = "selection"
    """The selected lines."""
    FILE = "file"
    """One file as it is."""


class Severity(StrEnum):
    """How much a finding matters, in LSP's words."""

    ERROR = "error"
    """It breaks."""
    WARNING = "warning"
    """It breaks under circumstances that will come."""
    INFORMATION = "information"
    """It is worth knowing."""
    HINT = "hint"
    """It could be better."""


@attrs.frozen(kw_only=True)
class ReviewParams:
    """Asks for the faults of a change or of code."""

    workspace: str
    """Any path in the repository, absolute, or its file URI."""
    scope: ReviewScope = ReviewScope.STAGED
    """What is reviewed."""
    document: DocumentRef | None = None
    """The file; for `selection` and `file`."""
    range: Range | None = None
    """The selection; for `selection`."""
    base: str | None = None
    """Branch, tag or commit a branch is compared with; null finds it."""
    instruction: str | None = None
    """What the user wants looked at."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


@attrs.frozen(kw_only=True)
class Finding:
    """One fault, at a line that was changed."""

    id: str
    """Names it in `aircher/feedback`; the same finding has the same id in the next review."""
    uri: str
    """The file."""
    range: Range
    """The line or lines it is about, as they are now."""
    severity: Severity
    """How much it matters."""
    title: str
    """The fault in a few words."""
    why: str
    """Why it breaks."""
    quote: str
    """The line it is about, word for word."""
    fix: WorkspaceEdit | None = None
    """A small remedy; null when there is none."""


@attrs.frozen(kw_only=True)
class DroppedFinding:
    """Something the model said that is not shown."""

    why: str
    """Why it was dropped."""
    title: str
    """What it said, in a few words."""


@attrs.frozen(kw_only=True)
class Review:
    """What was found."""

    answer: Answer
    """The findings as text, who found them, what it cost and why."""
    findings: tuple[Finding, ...]
    """By file and line; with none, `complete` tells a clean review from one nobody could read."""
    complete: bool = True
    """False when the model's answer could not be read or was cut: faults may be missing."""
    dropped: tuple[DroppedFinding, ...] = ()
    """What the model said and could not be held to."""
    left_out: tuple[LeftOut, ...] = ()
    """What the model did not see."""


@attrs.frozen(kw_only=True)
class ExplainParams:
    """Asks what code does."""

    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI; null goes by the document."""
    document: DocumentRef | None = None
    """The file; null explains the project by its front page and layout."""
    range: Range | None = None
    """What is to be explained; null means all of the file."""
    instruction: str | None = None
    """What the user wants to know of it."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


class SummaryScope(StrEnum):
    """What is summarized."""

    FILE = "file"
    """One file, or the selected part of it."""
    DIFF = "diff"
    """The change that is staged, or, when nothing is, what is not staged yet."""
    BRANCH = "branch"
    """What the branch's commits change against their base."""
    LOG = "log"
    """The branch's commits by their messages."""


@attrs.frozen(kw_only=True)
class SummarizeParams:
    """Asks for a short account."""

    workspace: str
    """Any path in the repository, absolute, or its file URI."""
    scope: SummaryScope
    """Of what."""
    document: DocumentRef | None = None
    """The file; for `file`."""
    range: Range | None = None
    """Part of it; for `file`."""
    base: str | None = None
    """Branch, tag or commit a branch is compared with; null finds it."""
    instruction: str | None = None
    """What the user wants of the account."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


@attrs.frozen(kw_only=True)
class Prose:
    """A text for a person, in Markdown."""

    answer: Answer
    """The text, who wrote it, what it cost and why."""
    left_out: tuple[LeftOut, ...] = ()
    """What the model did not see."""


@attrs.frozen(kw_only=True)
class AskResult:
    """An answer, and the conversation it belongs to."""

    answer: Answer
    """The text, who wrote it, what it cost and why."""
    conversation: str
    """Give it back with the next question to go on."""
    left_out: tuple[LeftOut, ...] = ()
    """What the model did not see: parts of the file, earlier turns."""


@attrs.frozen(kw_only=True)
class DiagnosticRef:
    """A problem an editor shows, as far as a model needs it."""

    message: str
    """What is said of it."""
    range: Range | None = None
    """Where; null goes by the request's own range."""
    source: str | None = None
    """Who says so, such as `mypy`."""
    code: str | int | None = None
    """Its rule, such as `F401`."""


@attrs.frozen(kw_only=True)
class FixParams:
    """Asks for the remedy of a problem."""

    document: DocumentRef
    """The file."""
    range: Range | None = None
    """Where the problem is; null goes by the diagnostic."""
    diagnostic: DiagnosticRef | None = None
    """The problem as an editor shows it."""
    error: str | None = None
    """The problem as text: an error message, a traceback, a failing test's output."""
    instruction: str | None = None
    """What the user adds."""
    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI; null goes by the document."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


class DocumentKind(StrEnum):
    """What is written."""

    DOCSTRING = "docstring"
    """The documentation comment of what is selected, in the language's own form."""
    README = "readme"
    """A section of the project's front page."""


@attrs.frozen(kw_only=True)
class DocumentParams:
    """Asks for documentation."""

    document: DocumentRef
    """The file that is documented."""
    range: Range | None = None
    """What of it; null means all of it."""
    kind: DocumentKind = DocumentKind.DOCSTRING
    """What is written."""
    instruction: str | None = None
    """What the user wants said."""
    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI; null goes by the document."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


@attrs.frozen(kw_only=True)
class RefactorParams:
    """Asks for another structure with the same behaviour."""

    document: DocumentRef
    """The file."""
    range: Range
    """The code to be changed."""
    instruction: str
    """What the user wants of it."""
    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI; null goes by the document."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


class GenerateKind(StrEnum):
    """What is written."""

    CODE = "code"
    """New code at the cursor, or instead of the selection."""
    TESTS = "tests"
    """Tests for the selection, or for the file, in the file where such tests belong."""


@attrs.frozen(kw_only=True)
class GenerateParams:
    """Asks for new code."""

    document: DocumentRef | None = None
    """The file it is for; null gives the code as text only."""
    position: Position | None = None
    """Where it goes."""
    range: Range | None = None
    """What it replaces, or, for `tests`, what is tested."""
    instruction: str
    """What the user wants; may be empty for `tests`."""
    kind: GenerateKind = GenerateKind.CODE
    """What is written."""
    workspace: str | None = None
    """Any path in the repository, absolute, or its file URI; null goes by the document."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""


@attrs.frozen(kw_only=True)
class SyntaxCheck:
    """Whether the result was parsed."""

    parser: str | None
    """What parsed it, such as `python` or `tree-sitter`; null when nothing here can."""
    repaired: bool = False
    """Whether the model's first edit was broken and it was asked to mend it."""
    detail: str
    """In words."""


@attrs.frozen(kw_only=True)
class EditProposal:
    """An edit for the user to look at. Nothing is changed by asking for it."""

    answer: Answer
    """What was done, in words, who did it, what it cost and why."""
    edit: WorkspaceEdit | None = None
    """The edit; null when there is none to make, or none that fits: the answer's text and notices
    say why."""
    label: str
    """The edit in a few words, for a menu."""
    checked: SyntaxCheck
    """Whether the result was parsed."""
    left_out: tuple[LeftOut, ...] = ()
    """What the model did not see."""


class Outcome(StrEnum):
    """What a user did with an answer."""

    ACCEPTED = "accepted"
    """Taken as it was."""
    EDITED = "edited"
    """Taken and changed."""
    REJECTED = "rejected"
    """Not taken."""
    DISMISSED = "dismissed"
    """A finding that was waved away."""
    APPLIED = "applied"
    """A fix that was made."""


@attrs.frozen(kw_only=True)
class FeedbackParams:
    """Tells what became of an answer."""

    operation: str
    """The answer's `requestId`."""
    outcome: Outcome
    """What the user did."""
    finding: str | None = None
    """Which finding of a review; null means the whole answer."""


@attrs.frozen(kw_only=True)
class FeedbackResult:
    """What was made of it."""

    kept: bool
    """False when no such answer is known any more."""
