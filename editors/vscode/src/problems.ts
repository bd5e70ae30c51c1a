// What went wrong, said to the user with what can be done about it one click away.
import * as vscode from 'vscode';
import { ResponseError } from 'vscode-languageclient/node';
import { DaemonBroken, DaemonMissing } from './find';
import { Code, ErrorKind, type ErrorData } from './protocol.gen';

/** A button under a message: what it says and the command behind it. */
interface Remedy {
  readonly title: string;
  readonly command: string;
  readonly argument?: unknown;
}

const SETTINGS: Remedy = { title: 'Open configuration', command: 'aircher.openConfiguration' };
const USAGE: Remedy = { title: 'Show usage', command: 'aircher.usage' };
const START: Remedy = { title: 'Get started', command: 'aircher.getStarted' };
const INSTALL: Remedy = { title: 'Install it', command: 'aircher.install' };
const PLACE: Remedy = {
  title: 'Say where it is',
  command: 'workbench.action.openSettings',
  argument: 'aircher.path',
};
const AGAIN: Remedy = { title: 'Try again', command: 'aircher.restart' };
const LOG: Remedy = { title: 'Show log', command: 'aircher.showLog' };

const REMEDIES: Partial<Record<ErrorKind, readonly Remedy[]>> = {
  [ErrorKind.Authentication]: [START, SETTINGS],
  [ErrorKind.NoModel]: [START, SETTINGS],
  [ErrorKind.BudgetExceeded]: [USAGE, SETTINGS],
  [ErrorKind.InvalidConfig]: [SETTINGS],
  [ErrorKind.LedgerUnavailable]: [LOG],
  [ErrorKind.Unknown]: [LOG],
  [ErrorKind.Untrusted]: [{ title: 'Look at them', command: 'aircher.trust' }],
};

/** What the daemon says about a failure; undefined when it was none of the daemon's. */
export function errorData(error: unknown): ErrorData | undefined {
  return error instanceof ResponseError ? ((error.data as ErrorData | null) ?? undefined) : undefined;
}

/** Whether the user stopped it, which is no failure. */
export function stopped(error: unknown): boolean {
  return (
    error instanceof vscode.CancellationError ||
    (error instanceof ResponseError && error.code === Code.RequestCancelled)
  );
}

/** One sentence or two for the user. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where every failure is noted as well; set once, at activation. */
let log: vscode.LogOutputChannel | undefined;

/** Has failures noted in `channel`. */
export function noteProblemsIn(channel: vscode.LogOutputChannel): void {
  log = channel;
}

/** Shows a failure, with the remedies its kind has and `more` of the caller's. */
export async function show(error: unknown, ...more: Remedy[]): Promise<void> {
  if (stopped(error)) return;
  log?.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const kind = errorData(error)?.kind;
  const own =
    error instanceof DaemonMissing
      ? [INSTALL, PLACE]
      : error instanceof DaemonBroken
        ? [AGAIN, LOG]
        : kind === undefined
          ? [LOG]
          : [];
  const remedies = [...more, ...own, ...((kind && REMEDIES[kind]) ?? [])];
  const picked = await vscode.window.showErrorMessage(
    `aircher: ${sentence(error)}`,
    ...remedies.map((remedy) => remedy.title),
  );
  const remedy = remedies.find((candidate) => candidate.title === picked);
  if (remedy !== undefined) await vscode.commands.executeCommand(remedy.command, remedy.argument);
}
