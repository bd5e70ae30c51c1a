// The part of the built-in Git extension's API (version 1) that is used here.
import * as vscode from 'vscode';

export interface Change {
  readonly uri: vscode.Uri;
}

export interface Branch {
  readonly name?: string;
}

export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  readonly state: {
    readonly HEAD: Branch | undefined;
    readonly indexChanges: readonly Change[];
    readonly workingTreeChanges: readonly Change[];
  };
  readonly ui: { readonly selected: boolean };
  status(): Promise<void>;
}

interface Api {
  readonly repositories: readonly Repository[];
  getRepository(uri: vscode.Uri): Repository | null;
}

interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): Api;
}

/** The Git extension's API; undefined when it is absent or switched off. */
export async function gitApi(): Promise<Api | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (extension === undefined) return undefined;
  const git = await extension.activate();
  return git.enabled ? git.getAPI(1) : undefined;
}

/**
 * The repository a command is about: the one whose button was pressed, else that of the file in
 * the editor, else the one selected in the source control view, else the user picks.
 */
export async function repositoryAtHand(source: unknown): Promise<Repository | undefined> {
  const api = await gitApi();
  if (api === undefined) {
    void vscode.window.showErrorMessage(
      'The built-in Git extension is switched off. Switch on the setting "git.enabled".',
    );
    return undefined;
  }
  const root = rootOf(source);
  if (root !== undefined) return api.getRepository(root) ?? undefined;
  const document = vscode.window.activeTextEditor?.document.uri;
  const ofDocument = document?.scheme === 'file' ? api.getRepository(document) : null;
  if (ofDocument !== null) return ofDocument;
  const selected = api.repositories.filter((repository) => repository.ui.selected);
  if (selected.length === 1) return selected[0];
  if (api.repositories.length <= 1) {
    if (api.repositories.length === 0) {
      void vscode.window.showErrorMessage('No git repository is open. Open a folder that is one.');
    }
    return api.repositories[0];
  }
  const picked = await vscode.window.showQuickPick(
    api.repositories.map((repository) => ({
      label: vscode.workspace.asRelativePath(repository.rootUri),
      description: repository.state.HEAD?.name ?? '',
      repository,
    })),
    { title: 'aircher: which repository?' },
  );
  return picked?.repository;
}

/** The root a `SourceControl` stands for; undefined for anything else. */
function rootOf(source: unknown): vscode.Uri | undefined {
  if (typeof source !== 'object' || source === null || !('rootUri' in source)) return undefined;
  return source.rootUri instanceof vscode.Uri ? source.rootUri : undefined;
}
