// A proposed edit: shown before it is made, refused when the file is another by now.
import * as vscode from 'vscode';
import type { WorkspaceEdit as LspEdit } from 'vscode-languageclient/node';
import { previewing, type Connection } from './client';
import { withNeighbours } from './neighbours';
import { show, stopped } from './problems';
import {
  Outcome,
  type EditProposal,
  type Requests,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from './protocol.gen';
import { SCHEME, type Proposals, type Side } from './proposals';
import type { AnswerView } from './view';

/** Where an edit, or the words that come instead of one, are shown. */
export interface Places {
  readonly view: AnswerView;
  readonly proposals: Proposals;
}

/** Methods that answer with an edit. */
type Editing = 'aircher/fix' | 'aircher/document' | 'aircher/refactor' | 'aircher/generate';

/** Asks for an edit, shows it, and tells the daemon whether it was taken. */
export async function propose<M extends Editing>(
  connection: Connection,
  { view, proposals }: Places,
  doing: string,
  method: M,
  params: Requests[M]['params'],
): Promise<void> {
  const proposal = await asked(connection, doing, method, params);
  if (proposal === undefined) return;
  const { answer, edit, label, leftOut } = proposal;
  if (edit == null) {
    // No edit fits: what the model said is still worth reading, and it was paid for.
    const reply = Promise.resolve({ answer: { ...answer, text: fenced(answer.text) }, leftOut });
    await view.ask(label, () => reply, () => () => reply);
    return;
  }
  for (const notice of answer.notices ?? []) void vscode.window.showInformationMessage(notice);
  const made = await apply(connection, proposals, label, edit);
  if (made === 'moved') {
    const again = 'Ask again';
    const picked = await vscode.window.showWarningMessage(
      'aircher: the file was changed meanwhile and the edit no longer fits. Nothing was changed.',
      again,
    );
    if (picked === again) await propose(connection, { view, proposals }, doing, method, params);
    return;
  }
  vscode.window.setStatusBarMessage(
    `${made === 'made' ? '$(check)' : '$(discard)'} ${label} · ${answer.provider}/${answer.model} · ${answer.cost.text}`,
    8000,
  );
  const outcome = made === 'made' ? Outcome.Accepted : Outcome.Rejected;
  await connection.request('aircher/feedback', { operation: answer.requestId, outcome });
}

/** Its blocks of an edit as code: as Markdown their marks would be headings and quotations. */
function fenced(text: string): string {
  return text.replace(/(?<!```[^\n]*\n)^<{5,} [^]*?^>{5,} .*$/gm, (block) => `\`\`\`\`\n${block}\n\`\`\`\``);
}

/** Makes an edit after the user has seen it: `made`, `refused` by the user, or `moved`. */
async function apply(
  connection: Connection,
  proposals: Proposals,
  label: string,
  edit: WorkspaceEdit,
): Promise<'made' | 'refused' | 'moved'> {
  const client = await connection.ready();
  if (edit.documentChanges.some(moved)) return 'moved';
  const sides = await Promise.all(edit.documentChanges.filter(isTextEdit).map((change) => after(change)));
  const versions = sides.map(({ version }) => version);
  if (previewing() && !(await proposals.ask(label, sides))) return 'refused';
  const now = await Promise.all(edit.documentChanges.filter(isTextEdit).map((change) => after(change)));
  // Seen is what counts: a document that changed while it was looked at is another one.
  if (now.some(({ version }, index) => version !== versions[index])) return 'moved';
  const converted = await client.protocol2CodeConverter.asWorkspaceEdit(confirmed(edit) as LspEdit);
  // Not as a refactoring, after which VS Code would save the files: that is left to the user.
  if (!(await vscode.workspace.applyEdit(converted))) return 'refused';
  await reveal(edit);
  return 'made';
}

/** What a document will hold; its version is null for one that is to be made. */
async function after(change: TextDocumentEdit): Promise<Side & { readonly version: number | null }> {
  const uri = vscode.Uri.parse(change.textDocument.uri, true);
  const document = await vscode.workspace.openTextDocument(uri).then(
    (found) => found,
    () => undefined,
  );
  if (document === undefined) {
    return { uri: uri.with({ scheme: SCHEME, query: 'nothing' }), after: change.edits.map((edit) => edit.newText).join(''), version: null };
  }
  let text = document.getText();
  const edits = change.edits
    .map(({ range: { start, end }, newText }) => ({
      from: document.offsetAt(new vscode.Position(start.line, start.character)),
      to: document.offsetAt(new vscode.Position(end.line, end.character)),
      newText,
    }))
    .sort((one, other) => other.from - one.from);
  for (const { from, to, newText } of edits) text = text.slice(0, from) + newText + text.slice(to);
  return { uri, after: text, version: document.version };
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
function moved(change: WorkspaceEdit['documentChanges'][number]): boolean {
  if (!isTextEdit(change) || change.textDocument.version == null) return false;
  const uri = vscode.Uri.parse(change.textDocument.uri, true).toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
  return open !== undefined && open.version !== change.textDocument.version;
}

/** The same without the wish to be confirmed, which has been done. */
function confirmed(edit: WorkspaceEdit): WorkspaceEdit {
  const changeAnnotations = Object.fromEntries(
    Object.entries(edit.changeAnnotations).map(([key, value]) => [
      key,
      { ...(value as object), needsConfirmation: false },
    ]),
  );
  return { ...edit, changeAnnotations };
}

function isTextEdit(change: WorkspaceEdit['documentChanges'][number]): change is TextDocumentEdit {
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
      async (progress, token) =>
        connection.request(method, await withNeighbours(params), token, (text) => {
          progress.report({ message: `${String(text.length)} characters` });
        }) as Promise<EditProposal>,
    );
  } catch (error) {
    if (!stopped(error)) void show(error);
    return undefined;
  }
}
