// A proposed edit: shown before it is made, refused when the file is another by now.
import * as vscode from 'vscode';
import type { WorkspaceEdit as LspEdit } from 'vscode-languageclient/node';
import type { Connection } from './client';
import { show, stopped } from './problems';
import {
  Outcome,
  type EditProposal,
  type Requests,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from './protocol.gen';
import type { AnswerView } from './view';

/** Methods that answer with an edit. */
type Editing = 'aircher/fix' | 'aircher/document' | 'aircher/refactor' | 'aircher/generate';

/** Asks for an edit, shows it, and tells the daemon whether it was taken. */
export async function propose<M extends Editing>(
  connection: Connection,
  view: AnswerView,
  doing: string,
  method: M,
  params: Requests[M]['params'],
): Promise<void> {
  const proposal = await asked(connection, doing, method, params);
  if (proposal === undefined) return;
  const { answer, edit, label, leftOut } = proposal;
  if (edit == null) {
    // No edit fits: what the model said is still worth reading, and it was paid for.
    const reply = Promise.resolve({ answer, leftOut });
    await view.ask(label, () => reply, () => () => reply);
    return;
  }
  for (const notice of answer.notices ?? []) void vscode.window.showInformationMessage(notice);
  const made = await apply(connection, edit);
  if (made === 'moved') {
    const again = 'Ask again';
    const picked = await vscode.window.showWarningMessage(
      'aircher: the file was changed meanwhile and the edit no longer fits. Nothing was changed.',
      again,
    );
    if (picked === again) await propose(connection, view, doing, method, params);
    return;
  }
  vscode.window.setStatusBarMessage(
    `${made === 'made' ? '$(check)' : '$(discard)'} ${label} · ${answer.provider}/${answer.model} · ${answer.cost.text}`,
    8000,
  );
  const outcome = made === 'made' ? Outcome.Accepted : Outcome.Rejected;
  await connection.request('aircher/feedback', { operation: answer.requestId, outcome });
}

/** Makes an edit after the user has seen it: `made`, `refused` by the user, or `moved`. */
export async function apply(
  connection: Connection,
  edit: WorkspaceEdit,
  preview = vscode.workspace.getConfiguration('aircher').get('previewEdits', true),
): Promise<'made' | 'refused' | 'moved'> {
  for (const change of edit.documentChanges) {
    if (isTextEdit(change) && moved(change)) return 'moved';
  }
  const client = await connection.ready();
  const wanted = preview ? edit : withoutAnnotations(edit);
  const converted = await client.protocol2CodeConverter.asWorkspaceEdit(wanted as LspEdit);
  // Not as a refactoring, after which VS Code would save the files: that is left to the user.
  if (!(await vscode.workspace.applyEdit(converted))) return 'refused';
  await reveal(edit);
  return 'made';
}

/** Shows the first document that was changed, when none of them is to be seen. */
async function reveal(edit: WorkspaceEdit): Promise<void> {
  const changed = edit.documentChanges.filter(isTextEdit).map((change) => vscode.Uri.parse(change.textDocument.uri));
  const visible = vscode.window.visibleTextEditors.map((editor) => editor.document.uri.toString());
  const [first] = changed;
  if (first === undefined || changed.some((uri) => visible.includes(uri.toString()))) return;
  await vscode.window.showTextDocument(first, { preview: false });
}

/** Whether a document is at another version than the one the edit was made for. */
function moved({ textDocument: { uri, version } }: TextDocumentEdit): boolean {
  if (version == null) return false;
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === vscode.Uri.parse(uri).toString());
  return open !== undefined && open.version !== version;
}

/** The same without the wish to be confirmed. */
function withoutAnnotations(edit: WorkspaceEdit): WorkspaceEdit {
  const changeAnnotations = Object.fromEntries(
    Object.entries(edit.changeAnnotations).map(([key, value]) => [
      key,
      { ...(value as object), needsConfirmation: false },
    ]),
  );
  return { ...edit, changeAnnotations };
}

export function isTextEdit(change: WorkspaceEdit['documentChanges'][number]): change is TextDocumentEdit {
  return 'textDocument' in change;
}

async function asked<M extends Editing>(
  connection: Connection,
  doing: string,
  method: M,
  params: Requests[M]['params'],
): Promise<EditProposal | undefined> {
  try {
    return await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `aircher: ${doing}`, cancellable: true },
      (progress, token) =>
        connection.request(method, params, token, (text) => {
          progress.report({ message: `${String(text.length)} characters` });
        }) as Promise<EditProposal>,
    );
  } catch (error) {
    if (!stopped(error)) void show(error);
    return undefined;
  }
}
