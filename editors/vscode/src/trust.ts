// Nothing of a workspace is read for a model before the user trusts it.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { folderAtHand } from './target';

/** Whether the workspace is trusted; when not, says so and offers to change that. */
export async function requireTrust(why: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage trust';
  const picked = await vscode.window.showWarningMessage(
    `${why}, and this workspace is not trusted. Nothing was sent.`,
    manage,
  );
  if (picked === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}

/**
 * Shows the settings a repository brings, or a folder in it for the file at hand, with the command
 * that accepts them typed into a terminal and not run: accepting is the user's own act.
 */
export async function lookAtSettings(daemon: string): Promise<void> {
  const folder = await folderAtHand();
  if (folder === undefined) return;
  const open = vscode.window.activeTextEditor?.document.uri;
  const inside = open !== undefined && vscode.workspace.getWorkspaceFolder(open)?.uri.fsPath === folder;
  const cwd = inside ? path.dirname(open.fsPath) : folder;
  for (let at = cwd; ; at = path.dirname(at)) {
    const settings = vscode.Uri.file(path.join(at, '.aircher.toml'));
    const found = await vscode.workspace.openTextDocument(settings).then(
      (document) => document,
      () => undefined,
    );
    if (found !== undefined) await vscode.window.showTextDocument(found);
    if (found !== undefined || at === folder || path.dirname(at) === at) break;
  }
  const terminal = vscode.window.createTerminal({ name: 'aircher trust', cwd });
  terminal.show(true);
  const program = path.join(path.dirname(daemon), path.basename(daemon).replace('aircherd', 'aircher'));
  terminal.sendText(`'${program.replaceAll("'", "'\\''")}' trust`, false);
}
