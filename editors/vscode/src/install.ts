// aircherd in an environment of this extension's own, made only when the user says so.
import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { privateEnvironment, programIn, pythons } from './find';

/** A file in the environment that names the wheel it was made from. */
const MARK = 'aircher-wheel';

/** What the extension carries: the daemon's wheel, and its dependencies by their hashes. */
interface Carried {
  readonly wheel: string;
  readonly requirements: string;
}

/** Asks, then installs. True when the daemon is there afterwards. */
export async function offerInstallation(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<boolean> {
  const environment = privateEnvironment(context);
  const install = 'Install';
  const picked = await vscode.window.showInformationMessage(
    'Install aircherd into an environment of this extension’s own?',
    {
      modal: true,
      detail:
        `It goes to ${environment} and nowhere else. The daemon comes with the extension; the ` +
        'packages it needs are downloaded from the Python package index, each checked by its hash.',
    },
    install,
  );
  if (picked !== install) return false;
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Installing aircherd', cancellable: true },
    async (progress, token) => {
      await install_(context, log, (message) => progress.report({ message }), token);
      return true;
    },
  );
}

/** Whether the private environment holds another daemon than the one this extension carries. */
export async function outdated(context: vscode.ExtensionContext): Promise<boolean> {
  const mark = await readFile(path.join(privateEnvironment(context), MARK), 'utf8').catch(() => '');
  if (mark === '') return false;
  return mark !== path.basename((await carried(context)).wheel);
}

async function install_(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  tell: (message: string) => void,
  token: vscode.CancellationToken,
): Promise<void> {
  const environment = privateEnvironment(context);
  const { wheel, requirements } = await carried(context);
  const python = await newEnough(log);
  const run = (command: string, words: string[]): Promise<void> => execute(command, words, log, token);
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--quiet'];
  try {
    tell('making the environment');
    await run(python, ['-m', 'venv', '--clear', environment]);
    const own = path.join(path.dirname(programIn(environment)), 'python');
    tell('fetching what it needs');
    await run(own, [...pip, '--require-hashes', '--only-binary', ':all:', '-r', requirements]);
    tell('installing the daemon');
    await run(own, [...pip, '--no-deps', '--no-index', wheel]);
    await writeFile(path.join(environment, MARK), path.basename(wheel), 'utf8');
  } catch (error) {
    // Half an environment would be found at the next start.
    await rm(environment, { recursive: true, force: true });
    throw error;
  }
}

async function carried(context: vscode.ExtensionContext): Promise<Carried> {
  const folder = path.join(context.extensionPath, 'python');
  const wheel = (await readdir(folder).catch(() => [])).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) {
    throw new Error(
      'This build of the extension carries no daemon. Install aircher as its README says, then set "aircher.path".',
    );
  }
  return { wheel: path.join(folder, wheel), requirements: path.join(folder, 'requirements.txt') };
}

/** The first Python that is 3.11 or newer and can make environments. */
async function newEnough(log: vscode.LogOutputChannel): Promise<string> {
  const asked = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))';
  let present = false;
  for (const python of await pythons()) {
    const fits = await execute(python, ['-c', asked], log).then(
      () => true,
      () => false,
    );
    if (fits) return python;
    present = true;
  }
  throw new Error(
    present
      ? 'No Python here is 3.11 or newer and able to make environments. Install one with its venv module (on Debian: apt install python3-venv).'
      : 'No Python was found on PATH. Install Python 3.11 or newer, then try again.',
  );
}

function execute(
  command: string,
  words: string[],
  log: vscode.LogOutputChannel,
  token?: vscode.CancellationToken,
): Promise<void> {
  return new Promise((resolve, reject) => {
    log.info([command, ...words].join(' '));
    // Not in the workspace, where a file could stand in for a module of Python's own.
    const child = spawn(command, words, { cwd: path.dirname(command), stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = token?.onCancellationRequested(() => child.kill());
    let tail = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        log.debug(text.trimEnd());
        tail = (tail + text).slice(-2000);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      stop?.dispose();
      if (token?.isCancellationRequested === true) reject(new vscode.CancellationError());
      else if (code === 0) resolve();
      else reject(new Error(tail.trim().split('\n').at(-1) ?? `${command} ended with ${String(code)}`));
    });
  });
}
