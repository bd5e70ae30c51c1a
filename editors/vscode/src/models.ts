// Which model answers: the daemon's choice, or one named for this window.
import * as vscode from 'vscode';
import type { Connection } from './client';
import { plain } from './render';

/** Lists the models that can be used; the one picked answers until the window is closed. */
export async function pickModel(connection: Connection): Promise<void> {
  const { models } = await connection.request('aircher/models', {});
  const automatic = { label: 'Automatic', description: 'the cheapest that is good enough', model: null };
  const usable = models
    .filter((line) => line.usable)
    .map((line) => {
      const model = `${line.provider}/${line.model}`;
      const price = line.local
        ? 'on this machine'
        : `$${line.inputPerMillion ?? '?'} in, $${line.outputPerMillion ?? '?'} out per million tokens`;
      return { label: plain(model), description: price, detail: plain(line.why), model };
    });
  if (usable.length === 0) {
    const start = 'Get started';
    const picked = await vscode.window.showInformationMessage('No model can be used yet.', start);
    if (picked === start) await vscode.commands.executeCommand('aircher.getStarted');
    return;
  }
  const now = connection.model;
  const picked = await vscode.window.showQuickPick(
    [automatic, ...usable].map((item) => (item.model === now ? { ...item, label: `$(check) ${item.label}` } : item)),
    { title: 'aircher: who answers in this window?', matchOnDescription: true },
  );
  if (picked !== undefined) connection.model = picked.model;
}
