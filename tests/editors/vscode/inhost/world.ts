// What tests inside the extension host share: waiting, and the extension as it was activated.
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** Waits until `found` gives something that is not undefined, null or false. */
export async function until<T>(what: string, found: () => T | Promise<T>, seconds = 60): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await found();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > end) assert.fail(`waited ${String(seconds)} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The part of a repository of the built-in Git extension the tests look at. */
export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  readonly state: { readonly indexChanges: readonly unknown[] };
  status(): Promise<void>;
}

/** The one whose folder has that name, once Git has found it. */
export async function repository(name: string): Promise<Repository> {
  const git = vscode.extensions.getExtension<{ getAPI(version: 1): { repositories: Repository[] } }>('vscode.git');
  assert.ok(git);
  const api = (await git.activate()).getAPI(1);
  return until(`git has found ${name}`, () =>
    api.repositories.find((one) => one.rootUri.path.endsWith(`/${name}`)),
  );
}

/** What the extension gives to others. */
interface Api {
  readonly connection: { ready(): Promise<unknown> };
  readonly view: { readonly lastText: string | undefined };
}

/** The extension, activated. */
export async function api(): Promise<Api> {
  const extension = vscode.extensions.getExtension<Api>('aircher.aircher');
  assert.ok(extension);
  return extension.activate();
}
