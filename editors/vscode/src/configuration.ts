// The user's one configuration file, changed setting by setting through the daemon's own command.
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { Setting, settings } from './schema';

/** Runs `aircherd config …`; rejects with its own sentence. */
export type Configure = (...words: string[]) => Promise<string>;

/** The command of one daemon. */
export function configureWith(command: string): Configure {
  return (...words) =>
    new Promise((resolve, reject) => {
      execFile(command, ['config', ...words], { timeout: 20_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim());
        else reject(new Error(stderr.trim() || error.message));
      });
    });
}

/** Opens the file, which may not be there yet. */
export async function openConfiguration(configure: Configure): Promise<void> {
  const file = vscode.Uri.file(await configure('path'));
  const there = await vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
  const shown = there ? file : file.with({ scheme: 'untitled' });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(shown));
}

/** Lets the user pick one setting and give it a value. Comments in the file are kept. */
export async function changeSetting(configure: Configure): Promise<void> {
  const picked = await vscode.window.showQuickPick(
    settings().map((setting) => ({ label: setting.key, detail: setting.about, setting })),
    { title: 'aircher: change which setting?', matchOnDetail: true },
  );
  if (picked === undefined) return;
  const { setting } = picked;
  // One that is not set is no mistake.
  const now = await configure('get', setting.key).catch(() => '');
  const value = await ask(setting, now);
  if (value === undefined) return;
  await configure(...(value === '' ? ['unset', setting.key] : ['set', setting.key, value]));
  vscode.window.setStatusBarMessage(`$(check) ${setting.key} ${value === '' ? 'is not set' : `= ${value}`}`, 5000);
}

async function ask(setting: Setting, now: string): Promise<string | undefined> {
  const title = `aircher: ${setting.key}`;
  if (setting.choices === undefined) {
    return vscode.window.showInputBox({ title, prompt: setting.about, value: now, placeHolder: 'Empty: not set' });
  }
  const none = { label: 'Not set', description: 'the default', value: '' };
  const choices = setting.choices.map((value) => ({ label: value, description: value === now ? 'now' : '', value }));
  return (await vscode.window.showQuickPick([...choices, none], { title, placeHolder: setting.about }))?.value;
}
