// What a review found, beside the code: a comment at each line with the reason why. The daemon
// itself shows the findings among the problems, holds them at their lines and offers their fixes.
import * as vscode from 'vscode';
import type { Finding } from './protocol.gen';
import { plain } from './render';

/** The comments of this window. */
export class Findings implements vscode.Disposable {
  private readonly comments = vscode.comments.createCommentController('aircher', 'aircher review');
  private readonly changed: vscode.Disposable;
  private readonly all = new Map<vscode.CommentThread, Finding>();

  constructor() {
    this.changed = vscode.languages.onDidChangeDiagnostics((event) => this.follow(event.uris));
  }

  /** Shows the findings of one review instead of those that were shown. */
  show(findings: readonly Finding[], author: string): void {
    this.clear();
    for (const finding of findings) this.all.set(this.thread(finding, author), finding);
  }

  /** The finding whose comment it is. */
  of(thread: unknown): Finding | undefined {
    return this.all.get(thread as vscode.CommentThread);
  }

  /** Takes one away. */
  remove(id: string): void {
    for (const [thread, finding] of this.all) if (finding.id === id) this.forget(thread);
  }

  dispose(): void {
    this.changed.dispose();
    this.comments.dispose();
  }

  private clear(): void {
    for (const thread of [...this.all.keys()]) this.forget(thread);
  }

  /** A comment goes with its problem: its line was edited, or it was dismissed or mended. */
  private follow(uris: readonly vscode.Uri[]): void {
    const named = new Set(uris.map(String));
    for (const thread of [...this.all.keys()]) {
      if (!named.has(thread.uri.toString())) continue;
      const title = this.all.get(thread)?.title;
      const problem = vscode.languages
        .getDiagnostics(thread.uri)
        .find(({ source, message }) => source === 'aircher' && message.split('\n')[0] === title);
      if (problem !== undefined) thread.range = problem.range;
      else if (this.seen.has(thread)) this.forget(thread);
      if (problem !== undefined) this.seen.add(thread);
    }
  }

  /** Comments whose problem has been shown: before that, its absence means nothing. */
  private readonly seen = new WeakSet<vscode.CommentThread>();

  private thread(finding: Finding, author: string): vscode.CommentThread {
    const { start, end } = finding.range;
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    const body = words(`${finding.title}\n\n${finding.why}`);
    const thread = this.comments.createCommentThread(vscode.Uri.parse(finding.uri, true), range, [
      { body, mode: vscode.CommentMode.Preview, author: { name: `aircher · ${author}` } },
    ]);
    thread.canReply = false;
    thread.contextValue = finding.fix == null ? 'finding' : 'finding fixable';
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
    thread.label = 'Review';
    return thread;
  }

  private forget(thread: vscode.CommentThread): void {
    this.all.delete(thread);
    thread.dispose();
  }
}

/**
 * Plain text but for what stands between two backticks, which is shown as code: what a model wrote
 * is never taken for Markdown with links or pictures, and in code there are none.
 */
export function words(text: string): vscode.MarkdownString {
  const made = new vscode.MarkdownString('', false);
  for (const part of plain(text).split(/(`[^`\n]+`)/)) {
    if (/^`[^`\n]+`$/.test(part)) made.appendMarkdown(part);
    else made.appendText(part);
  }
  return made;
}
