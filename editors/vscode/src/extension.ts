// aircher in VS Code: what a person expects here, around the daemon that does the work.
import * as vscode from 'vscode';
import { Connection } from './client';
import { stopCommitMessages, writeCommitMessage } from './commit';
import { findDaemon } from './find';
import { noteProblemsIn, show } from './problems';
import { StatusBar } from './status';

/** Called by VS Code once it has started; what is returned is for tests and other extensions. */
export function activate(context: vscode.ExtensionContext): { connection: Connection } {
  const log = vscode.window.createOutputChannel('aircher', { log: true });
  noteProblemsIn(log);
  const connection = new Connection(async () => {
    const found = await findDaemon(context);
    if (found === undefined) throw new Error('aircherd is not installed.');
    log.info(`aircherd is ${found.command}, from ${found.where}`);
    return found.command;
  }, log);
  const status = new StatusBar(connection);
  const command = (name: string, run: (...words: unknown[]) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (...words: unknown[]) => {
      try {
        await run(...words);
      } catch (error) {
        void show(error);
      }
    });
  context.subscriptions.push(
    log,
    connection,
    status,
    command('aircher.commit', (source) => writeCommitMessage(connection, source)),
    command('aircher.stop', () => stopCommitMessages()),
    command('aircher.showLog', () => log.show()),
    command('aircher.restart', async () => {
      await connection.restart();
      await status.refresh();
    }),
  );
  void status.refresh();
  return { connection };
}
