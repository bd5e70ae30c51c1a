// Where `aircherd` is: the user's setting, beside the Python in use, PATH, then our own environment.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { outside } from './outside';

const WINDOWS = process.platform === 'win32';
const PROGRAM = WINDOWS ? 'aircherd.exe' : 'aircherd';
const BIN = WINDOWS ? 'Scripts' : 'bin';

/** A place `aircherd` was found at. */
export interface Found {
  /** Absolute path of the program. */
  readonly command: string;
  /** How it was found, for the log. */
  readonly where: string;
}

/** Where the extension installs it when the user says so. */
export function privateEnvironment(context: vscode.ExtensionContext): string {
  return path.join(context.globalStorageUri.fsPath, 'venv');
}

/** The program inside a virtual environment. */
export function programIn(environment: string): string {
  return path.join(environment, BIN, PROGRAM);
}

/**
 * The first that exists and lies in no folder that is open, trusted or not: an environment inside a
 * repository is a program of whoever wrote the repository, and only the user's setting can mean it.
 * Throws when that setting names a file that cannot be run, since looking further would hide the
 * mistake.
 */
export async function findDaemon(context: vscode.ExtensionContext): Promise<Found | undefined> {
  const set = vscode.workspace.getConfiguration('aircher').get<string>('path', '').trim();
  if (set !== '') {
    const command = set.startsWith('~/') ? path.join(homedir(), set.slice(2)) : set;
    if (!path.isAbsolute(command) || !(await runnable(command))) {
      throw new Error(`The setting "aircher.path" names "${set}", which is no program. Correct or clear it.`);
    }
    return { command, where: 'the setting aircher.path' };
  }
  const mayRun = await usable();
  const beside = vscode.workspace.isTrusted ? besidePython() : undefined;
  if (beside !== undefined && (await mayRun(beside))) {
    return { command: beside, where: 'beside the Python in use' };
  }
  for (const folder of pathFolders()) {
    const command = path.join(folder, PROGRAM);
    if (await mayRun(command)) return { command, where: 'PATH' };
  }
  for (const environment of [path.join(homedir(), '.aircher'), privateEnvironment(context)]) {
    const command = programIn(environment);
    if (await runnable(command)) return { command, where: environment };
  }
  return undefined;
}

/** There is no `aircherd` anywhere it is looked for. */
export class DaemonMissing extends Error {
  constructor() {
    super('aircherd is not installed, or is not where it is looked for. Install it, or say where it is.');
  }
}

/** `aircherd` is there and ends at once. */
export class DaemonBroken extends Error {
  constructor(why: string, cause: unknown) {
    const reason = why.trim().replace(/[.\s]+$/, '');
    super(`aircherd cannot be started: ${reason}. Mend that and try again.`, { cause });
  }
}

/** Pythons that could make an environment, the newest names first. */
export async function pythons(): Promise<string[]> {
  const found: string[] = [];
  const mayRun = await usable();
  for (const name of ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', 'python']) {
    for (const folder of pathFolders()) {
      const command = path.join(folder, WINDOWS ? `${name}.exe` : name);
      if (await mayRun(command)) found.push(command);
    }
  }
  return found;
}

async function runnable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Whether a program can be run and was brought by no folder that is open. */
async function usable(): Promise<(file: string) => Promise<boolean>> {
  const open = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const outsider = await outside(
    open.map(({ uri }) => uri.fsPath),
    homedir(),
  );
  return async (file) => (await runnable(file)) && (await outsider(file));
}

/** The folders of PATH; a relative one would find a program inside whatever folder is open. */
function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** Beside the interpreter the Python extension has chosen, such as one of conda. */
function besidePython(): string | undefined {
  const python = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  if (python?.isActive !== true) return undefined;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = python.exports.environments?.getActiveEnvironmentPath(folder).path;
  if (chosen === undefined || !path.isAbsolute(chosen)) return undefined;
  return path.join(path.dirname(chosen), PROGRAM);
}

/** The part of the Python extension's API that is used here. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
  };
}
