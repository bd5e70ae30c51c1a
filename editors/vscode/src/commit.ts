// The button in the source control view: the message for what is staged, in its input box.
import * as vscode from 'vscode';
import type { Connection } from './client';
import { repositoryAtHand, type Repository } from './git';
import { errorData, show, stopped } from './problems';
import { ErrorKind, type CommitMessage } from './protocol.gen';
import { given } from './target';
import { requireTrust } from './trust';

/** What was written into each repository's box last, to tell it from the user's own words. */
const written = new Map<string, string>();
const running = new Map<string, vscode.CancellationTokenSource>();

/** Writes the message; `source` is the source control whose button was pressed, if one was. */
export async function writeCommitMessage(connection: Connection, source: unknown): Promise<void> {
  if (!(await requireTrust('Writing a commit message reads what is staged here'))) return;
  const buffer = given(source);
  if (buffer !== undefined) {
    // From the lens above a message git has opened in an editor: the daemon writes it there.
    await connection.execute('aircher.commit', connection.named(buffer));
    return;
  }
  const repository = await repositoryAtHand(source);
  if (repository === undefined) return;
  const root = repository.rootUri.toString();
  // A second press starts over: whoever presses again wants the newer state.
  running.get(root)?.cancel();
  const stop = new vscode.CancellationTokenSource();
  running.set(root, stop);
  await writing(true);
  try {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.SourceControl }, () =>
      fill(connection, repository, stop.token),
    );
  } finally {
    if (running.get(root) === stop) running.delete(root);
    stop.dispose();
    await writing(running.size > 0);
  }
}

/** Stops every message that is being written. */
export function stopCommitMessages(): void {
  for (const stop of running.values()) stop.cancel();
}

async function writing(now: boolean): Promise<void> {
  await vscode.commands.executeCommand('setContext', 'aircher.writing', now);
}

async function fill(
  connection: Connection,
  repository: Repository,
  token: vscode.CancellationToken,
): Promise<void> {
  const root = repository.rootUri.toString();
  const before = repository.inputBox.value;
  const words = before.trim();
  const ours = words !== '' && words === written.get(root)?.trim();
  try {
    const message = await connection.request(
      'aircher/commitMessage',
      {
        workspace: repository.rootUri.fsPath,
        // Our own draft, still there, was not good enough; the user's words are what it is about.
        previous: ours ? words : null,
        hint: !ours && words !== '' ? words : null,
      },
      token,
      (text) => {
        if (!token.isCancellationRequested) repository.inputBox.value = text;
      },
    );
    repository.inputBox.value = message.answer.text;
    written.set(root, message.answer.text);
    void tell(message, repository, ours ? '' : words);
  } catch (error) {
    repository.inputBox.value = before;
    if (stopped(error)) return;
    if (errorData(error)?.kind === ErrorKind.NothingStaged) {
      await offerStaging(connection, repository, error);
    } else {
      void show(error);
    }
  }
}

/** Whatever the daemon wants known, and a way back to the words that were replaced. */
async function tell(message: CommitMessage, repository: Repository, replaced: string): Promise<void> {
  const { answer } = message;
  const from = `${answer.provider}/${answer.model} · ${answer.cost.text}`;
  vscode.window.setStatusBarMessage(`$(check) ${message.subject.slice(0, 60)} · ${from}`, 8000);
  for (const notice of answer.notices ?? []) void vscode.window.showInformationMessage(notice);
  if (replaced === '') return;
  const back = 'Restore my text';
  const picked = await vscode.window.showInformationMessage(
    `aircher took what you had written for a hint (${from}).`,
    back,
  );
  if (picked === back) repository.inputBox.value = replaced;
}

async function offerStaging(
  connection: Connection,
  repository: Repository,
  error: unknown,
): Promise<void> {
  if (repository.state.workingTreeChanges.length === 0) {
    void show(error);
    return;
  }
  const all = 'Stage all changes';
  const picked = await vscode.window.showWarningMessage('aircher: nothing is staged.', all);
  if (picked !== all) return;
  await vscode.commands.executeCommand('git.stageAll', repository.rootUri);
  await writeCommitMessage(connection, { rootUri: repository.rootUri });
}
