// Findings of reviews, held at their lines: in Problems, and beside the code with the reason why.
import * as vscode from 'vscode';
import { moved } from './anchors';
import { isTextEdit } from './edits';
import { Severity, type Finding, type WorkspaceEdit } from './protocol.gen';
import { plain } from './render';

const SEVERITIES: Record<Severity, vscode.DiagnosticSeverity> = {
  [Severity.Error]: vscode.DiagnosticSeverity.Error,
  [Severity.Warning]: vscode.DiagnosticSeverity.Warning,
  [Severity.Information]: vscode.DiagnosticSeverity.Information,
  [Severity.Hint]: vscode.DiagnosticSeverity.Hint,
};

/** A finding that is shown, with where its answer stands in the books. */
export interface Shown {
  finding: Finding;
  readonly operation: string;
  readonly author: string;
  readonly uri: vscode.Uri;
  readonly thread: vscode.CommentThread;
}

/** Every finding of this window that was neither dismissed nor mended. */
export class Findings implements vscode.Disposable {
  private readonly problems = vscode.languages.createDiagnosticCollection('aircher');
  private readonly comments = vscode.comments.createCommentController('aircher', 'aircher review');
  private readonly following = vscode.workspace.onDidChangeTextDocument((event) => this.follow(event));
  private all: Shown[] = [];

  /** Shows the findings of one review instead of all there were under `root`. */
  show(root: string, findings: readonly Finding[], operation: string, author: string): void {
    const inside = (shown: Shown): boolean => shown.uri.fsPath.startsWith(root);
    for (const old of this.all.filter(inside)) this.forget(old);
    for (const finding of findings) {
      const uri = vscode.Uri.parse(finding.uri, true);
      this.all.push({ finding, operation, author, uri, thread: this.thread(uri, finding, author) });
    }
    this.publish();
  }

  /** Takes one away. */
  remove(shown: Shown): void {
    this.forget(shown);
    this.publish();
  }

  /** Those whose lines touch `range`. */
  at(uri: vscode.Uri, range: vscode.Range): Shown[] {
    return this.in(uri).filter((shown) => asRange(shown.finding).intersection(range) !== undefined);
  }

  in(uri: vscode.Uri): Shown[] {
    return this.all.filter((shown) => shown.uri.toString() === uri.toString());
  }

  /** The one whose comment it is. */
  of(thread: vscode.CommentThread): Shown | undefined {
    return this.all.find((shown) => shown.thread === thread);
  }

  /** The problem as it stands in Problems, for a code action to name. */
  problem(shown: Shown): vscode.Diagnostic {
    const { finding } = shown;
    const problem = new vscode.Diagnostic(
      asRange(finding),
      plain(`${finding.title}\n${finding.why}`),
      SEVERITIES[finding.severity],
    );
    problem.source = 'aircher';
    return problem;
  }

  dispose(): void {
    this.following.dispose();
    this.problems.dispose();
    this.comments.dispose();
  }

  /** Plain text throughout: what a model wrote is never taken for Markdown with links. */
  private thread(uri: vscode.Uri, finding: Finding, author: string): vscode.CommentThread {
    const body = plain(`${finding.title}\n\n${finding.why}`);
    const thread = this.comments.createCommentThread(uri, asRange(finding), [
      { body: asText(body), mode: vscode.CommentMode.Preview, author: { name: `aircher · ${author}` } },
    ]);
    thread.canReply = false;
    thread.contextValue = finding.fix == null ? 'finding' : 'finding fixable';
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
    thread.label = 'Review';
    return thread;
  }

  private publish(): void {
    this.problems.clear();
    for (const uri of new Map(this.all.map((shown) => [shown.uri.toString(), shown.uri])).values()) {
      this.problems.set(uri, this.in(uri).map((shown) => this.problem(shown)));
    }
  }

  private follow(event: vscode.TextDocumentChangeEvent): void {
    const here = this.in(event.document.uri);
    if (here.length === 0 || event.contentChanges.length === 0) return;
    for (const shown of here) {
      let finding: Finding | undefined = shown.finding;
      // Sorted by VS Code from the last to the first, so each is right for those before it.
      for (const change of event.contentChanges) finding = finding && follow(finding, change);
      if (finding === undefined) this.forget(shown);
      else {
        shown.finding = finding;
        shown.thread.range = asRange(finding);
      }
    }
    this.publish();
  }

  private forget(shown: Shown): void {
    // Making its fix has taken it away already, as any edit of its line does.
    if (!this.all.includes(shown)) return;
    shown.thread.dispose();
    this.all = this.all.filter((other) => other !== shown);
  }
}

/** The finding after one change to its document; undefined when its line was touched. */
function follow(finding: Finding, change: vscode.TextDocumentContentChangeEvent): Finding | undefined {
  const range = moved(finding.range, change);
  if (range === undefined) return undefined;
  return { ...finding, range, fix: finding.fix ? followFix(finding.fix, finding.uri, change) : null };
}

/** The remedy after one change; null when it no longer fits. */
function followFix(
  fix: WorkspaceEdit,
  uri: string,
  change: vscode.TextDocumentContentChangeEvent,
): WorkspaceEdit | null {
  const documentChanges: WorkspaceEdit['documentChanges'] = [];
  for (const part of fix.documentChanges) {
    if (!isTextEdit(part) || part.textDocument.uri !== uri) {
      documentChanges.push(part);
      continue;
    }
    const edits = part.edits.map((edit) => ({ ...edit, range: moved(edit.range, change) }));
    if (edits.some((edit) => edit.range === undefined)) return null;
    // Its ranges are those of the document as it is now, whatever version that has.
    documentChanges.push({
      textDocument: { uri, version: null },
      edits: edits as typeof part.edits,
    });
  }
  return { ...fix, documentChanges };
}

export function asRange({ range: { start, end } }: Finding): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Markdown that shows `text` literally. */
function asText(text: string): vscode.MarkdownString {
  const shown = new vscode.MarkdownString('', false);
  shown.isTrusted = false;
  shown.supportHtml = false;
  return shown.appendText(text);
}
