// Review: the daemon shows what it found among the problems; here it is asked for and told of.
import * as vscode from 'vscode';
import type { Connection } from './client';
import type { Findings } from './findings';
import { show, stopped } from './problems';
import { ReviewScope, type Review, type ReviewParams } from './protocol.gen';
import { plain } from './render';
import { folderAtHand, given, target, workspaceOf } from './target';
import { requireTrust } from './trust';

const NAMES: Record<ReviewScope, string> = {
  [ReviewScope.Staged]: 'what is staged',
  [ReviewScope.Branch]: 'the branch',
  [ReviewScope.Selection]: 'the selection',
  [ReviewScope.File]: 'the file',
};

/** Reviews what the user picks, or what `word` says. */
export async function review(connection: Connection, findings: Findings, word: unknown): Promise<void> {
  if (!(await requireTrust('A review sends the code to a model'))) return;
  const params = fromDaemon(word) ?? (await pick(connection, word));
  if (params === undefined) return;
  const scope = params.scope ?? ReviewScope.Staged;
  let found: Review;
  try {
    found = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `aircher: reviewing ${NAMES[scope]}`, cancellable: true },
      (_, token) => connection.execute<Review>('aircher.review', connection.named(params), token),
    );
  } catch (error) {
    if (!stopped(error)) void show(error);
    return;
  }
  findings.show(found.findings, `${found.answer.provider}/${found.answer.model}`);
  const { model, cost } = found.answer;
  vscode.window.setStatusBarMessage(`$(checklist) Reviewed ${NAMES[scope]} · ${plain(model)} · ${cost.text}`, 15_000);
  // What could not be read, or was cut, is not a clean review.
  if (found.complete === false) void vscode.window.showWarningMessage(`aircher: ${plain(found.findings.length === 0 ? found.answer.text : (found.answer.notices ?? []).join(' '))}`);
  if (found.findings.length === 0) return;
  // By default VS Code opens its list of comments once the first has been drawn; the problems, which
  // have the fixes, are what a review is read by.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await vscode.commands.executeCommand('workbench.actions.view.problems');
}

/** Makes a finding's fix; from a lightbulb the editor has made it already. */
export async function applyFix(connection: Connection, findings: Findings, word: unknown): Promise<void> {
  await settle(connection, findings, 'aircher.applyFix', word);
}

/** Takes a finding away. */
export async function dismiss(connection: Connection, findings: Findings, word: unknown): Promise<void> {
  await settle(connection, findings, 'aircher.dismiss', word);
}

/** `word` is the daemon's own argument, or the comment whose button was pressed. */
async function settle(connection: Connection, findings: Findings, command: string, word: unknown): Promise<void> {
  const ofComment = findings.of(word);
  const argument = ofComment === undefined ? word : { finding: ofComment.id };
  const { delivered } = await connection.execute<{ delivered: string }>(command, argument);
  const id = (argument as { finding?: unknown }).finding;
  if (delivered !== 'nothing' && typeof id === 'string') findings.remove(id);
}

/** What the daemon's own code actions hand over names the document and no folder. */
function fromDaemon(word: unknown): ReviewParams | undefined {
  const params = given(word) as ReviewParams | undefined;
  if (params === undefined) return undefined;
  const uri = params.document == null ? undefined : vscode.Uri.parse(params.document.uri);
  return { ...params, workspace: params.workspace || (workspaceOf(uri) ?? '') };
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
