// Commands whose answer is read: explain, ask, summarize.
import * as vscode from 'vscode';
import type { Connection } from './client';
import { withNeighbours } from './neighbours';
import type { AskParams, ExplainParams, SummarizeParams } from './protocol.gen';
import { SummaryScope } from './protocol.gen';
import { folderAtHand, given, target, type Target } from './target';
import { requireTrust } from './trust';
import type { AnswerView, FollowUp } from './view';

/** Explains the selection, or the file. */
export async function explain(connection: Connection, view: AnswerView, word: unknown): Promise<void> {
  if (!(await requireTrust('Explaining code sends it to a model'))) return;
  const params = given(word) as ExplainParams | undefined;
  const meant = params === undefined ? target(connection) : undefined;
  if (params === undefined && meant === undefined) return;
  const asked = params ?? about(meant);
  await view.ask(
    `Explain ${meant?.name ?? 'the selection'}`,
    async (token, show) => connection.request('aircher/explain', await withNeighbours(asked), token, show),
    talk(connection, asked),
  );
}

/** Asks a question, about the selection when there is one. */
export async function ask(connection: Connection, view: AnswerView, word: unknown): Promise<void> {
  if (!(await requireTrust('Asking may send code of this workspace to a model'))) return;
  const params = given(word) as AskParams | undefined;
  const editor = vscode.window.activeTextEditor;
  const meant = editor === undefined || editor.selection.isEmpty ? undefined : target(connection);
  const prompt =
    params?.prompt ??
    (await vscode.window.showInputBox({
      title: meant === undefined ? 'Ask aircher' : `Ask aircher about ${meant.name}`,
      placeHolder: 'Your question',
    }));
  if (prompt === undefined || prompt.trim() === '') return;
  const follow = talk(connection, params ?? (meant === undefined ? await place() : about(meant)));
  await view.ask(prompt, follow(prompt, ''), follow);
}

/** Summarizes a file, what is changed, the branch, or its commits. */
export async function summarize(
  connection: Connection,
  view: AnswerView,
  word: unknown,
): Promise<void> {
  if (!(await requireTrust('Summarizing sends what is summarized to a model'))) return;
  const params = (given(word) as SummarizeParams | undefined) ?? (await pickSummary(connection));
  if (params === undefined) return;
  const names = { file: 'the file', diff: 'the change', branch: 'the branch', log: 'the commits' };
  await view.ask(
    `Summarize ${names[params.scope]}`,
    (token, show) => connection.request('aircher/summarize', params, token, show),
    talk(connection, { workspace: params.workspace, document: params.document ?? null }),
  );
}

async function pickSummary(connection: Connection): Promise<SummarizeParams | undefined> {
  const open = vscode.window.activeTextEditor !== undefined;
  const scopes = [
    ...(open ? [{ label: 'This file, or what is selected', scope: SummaryScope.File }] : []),
    { label: 'What is changed', description: 'staged, or else not staged', scope: SummaryScope.Diff },
    { label: 'This branch', description: 'against its base', scope: SummaryScope.Branch },
    { label: 'The commits of this branch', description: 'by their messages', scope: SummaryScope.Log },
  ];
  const picked = await vscode.window.showQuickPick(scopes, { title: 'aircher: summarize what?' });
  if (picked === undefined) return undefined;
  if (picked.scope === SummaryScope.File) {
    const meant = target(connection);
    return meant && { ...about(meant), workspace: meant.workspace ?? '', scope: picked.scope };
  }
  const workspace = await folderAtHand();
  return workspace === undefined ? undefined : { workspace, scope: picked.scope };
}

/** Questions in one conversation about the same piece of code. */
function talk(connection: Connection, about: Omit<AskParams, 'prompt'>): FollowUp {
  let conversation: string | null = about.conversation ?? null;
  return (text, before) => async (token, show) => {
    // The first question after an explanation starts a conversation that has not seen it.
    const prompt =
      conversation === null && before !== '' ? `${text}\n\nThis was said before:\n\n${before}` : text;
    const { workspace, document, range } = about;
    const result = await connection.request(
      'aircher/ask',
      await withNeighbours({ workspace, document, range, prompt, conversation }),
      token,
      show,
    );
    conversation = result.conversation;
    return result;
  };
}

function about(meant: Target | undefined): Pick<AskParams, 'document' | 'range' | 'workspace'> {
  if (meant === undefined) return {};
  return { document: meant.document, range: meant.range, workspace: meant.workspace };
}

async function place(): Promise<Pick<AskParams, 'workspace'>> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return Promise.resolve(folders.length === 1 ? { workspace: folders[0]?.uri.fsPath ?? null } : {});
}
