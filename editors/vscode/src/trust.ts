// Nothing of a workspace is read for a model before the user trusts it.
import * as vscode from 'vscode';

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
