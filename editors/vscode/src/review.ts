// Review: what is found goes to Problems and beside the code; a fix is a press away.
import * as vscode from 'vscode';
import type { Connection } from './client';
import { apply } from './edits';
import { type Findings, type Shown, asRange } from './findings';
import { show, stopped } from './problems';
import { Outcome, ReviewScope, type Review, type ReviewParams } from './protocol.gen';
import { folderAtHand, given, target } from './target';
import { requireTrust } from './trust';
import { notes } from './view';

const NAMES: Record<ReviewScope, string> = {
  [ReviewScope.Staged]: 'what is staged',
  [ReviewScope.Branch]: 'the branch',
  [ReviewScope.Selection]: 'the selection',
  [ReviewScope.File]: 'the file',
};

/** Reviews what the user picks, or what `word` says. */
export async function review(connection: Connection, findings: Findings, word: unknown): Promise<void> {
  if (!(await requireTrust('A review sends the code to a model'))) return;
  const params = (given(word) as ReviewParams | undefined) ?? (await pick(connection, word));
  if (params === undefined) return;
  const scope = params.scope ?? ReviewScope.Staged;
  let found: Review;
  try {
    found = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `aircher: reviewing ${NAMES[scope]}`, cancellable: true },
      (_, token) => connection.request('aircher/review', params, token),
    );
  } catch (error) {
    if (!stopped(error)) void show(error);
    return;
  }
  const { answer } = found;
  findings.show(params.workspace, found.findings, answer.requestId, `${answer.provider}/${answer.model}`);
  void tell(found, scope);
}

/** Makes a finding's fix, once its line still says what the finding quotes. */
export async function applyFix(connection: Connection, findings: Findings, shown: Shown): Promise<void> {
  const { finding, operation, uri } = shown;
  if (finding.fix == null) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const now = document.getText(asRange(finding).with({ start: new vscode.Position(finding.range.start.line, 0) }));
  const line = document.lineAt(Math.min(finding.range.start.line, document.lineCount - 1)).text;
  if (![now, line].some((text) => text.includes(finding.quote.trim()))) {
    void vscode.window.showWarningMessage('aircher: this line has changed since the review. Review again.');
    return;
  }
  // Asked for by name and shown in the lightbulb's preview: not asked about once more.
  const made = await apply(connection, finding.fix, false);
  if (made === 'moved') {
    void vscode.window.showWarningMessage('aircher: the file has changed since the review. Review again.');
  }
  if (made !== 'made') return;
  findings.remove(shown);
  await connection.request('aircher/feedback', { operation, outcome: Outcome.Applied, finding: finding.id });
}

/** Takes a finding away; the daemon is told, since it is why a reviewer is believed less. */
export async function dismiss(connection: Connection, findings: Findings, shown: Shown): Promise<void> {
  const { finding, operation } = shown;
  findings.remove(shown);
  await connection.request('aircher/feedback', { operation, outcome: Outcome.Dismissed, finding: finding.id });
}

/** The lightbulb at a finding. */
export class FindingActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];

  constructor(private readonly findings: Findings) {}

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return this.findings.at(document.uri, range).flatMap((shown) => {
      const title = shown.finding.title;
      const dismissal = this.action(`Dismiss: ${title}`, 'aircher.dismissFinding', shown);
      if (shown.finding.fix == null) return [dismissal];
      const fix = this.action(`Fix: ${title}`, 'aircher.applyFinding', shown);
      fix.isPreferred = true;
      return [fix, dismissal];
    });
  }

  private action(title: string, command: string, shown: Shown): vscode.CodeAction {
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    action.diagnostics = [this.findings.problem(shown)];
    action.command = { title, command, arguments: [shown] };
    return action;
  }
}

async function pick(connection: Connection, source: unknown): Promise<ReviewParams | undefined> {
  const root = rootOf(source);
  if (root !== undefined) return { workspace: root, scope: ReviewScope.Staged };
  const editor = vscode.window.activeTextEditor;
  const choices = [
    { label: 'What is staged', scope: ReviewScope.Staged },
    { label: 'This branch', description: 'against its base', scope: ReviewScope.Branch },
    ...(editor === undefined ? [] : [{ label: 'This file', scope: ReviewScope.File }]),
    ...(editor === undefined || editor.selection.isEmpty
      ? []
      : [{ label: 'The selection', scope: ReviewScope.Selection }]),
  ];
  const picked = await vscode.window.showQuickPick(choices, { title: 'aircher: review what?' });
  if (picked === undefined) return undefined;
  if (picked.scope === ReviewScope.Staged || picked.scope === ReviewScope.Branch) {
    const workspace = await folderAtHand();
    return workspace === undefined ? undefined : { workspace, scope: picked.scope };
  }
  const meant = target(connection);
  if (meant === undefined) return undefined;
  const range = picked.scope === ReviewScope.Selection ? meant.range : null;
  return { workspace: meant.workspace ?? '', scope: picked.scope, document: meant.document, range };
}

function rootOf(source: unknown): string | undefined {
  if (typeof source !== 'object' || source === null || !('rootUri' in source)) return undefined;
  return source.rootUri instanceof vscode.Uri ? source.rootUri.fsPath : undefined;
}

async function tell(found: Review, scope: ReviewScope): Promise<void> {
  const count = found.findings.length;
  const what = count === 0 ? 'Nothing found in' : `${String(count)} ${count === 1 ? 'finding' : 'findings'} in`;
  const more = notes(found);
  const open = 'Show problems';
  const message = `aircher: ${what} ${NAMES[scope]}. ${more.join(' ')}`;
  const picked = await vscode.window.showInformationMessage(message, ...(count === 0 ? [] : [open]));
  if (picked === open) await vscode.commands.executeCommand('workbench.actions.view.problems');
}
