// What a command is about: the editor at hand, or what a lightbulb or a menu hands over.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Connection } from './client';
import type { DocumentRef, Range } from './protocol.gen';

/** A document, the part of it that is meant, and the folder it belongs to. */
export interface Target {
  readonly document: DocumentRef;
  /** Null for all of it. */
  readonly range: Range | null;
  readonly workspace: string | null;
  /** For a person, such as `shop.py, lines 3–9`. */
  readonly name: string;
}

/** Parameters that came with the command, from the daemon's own code actions. */
export function given(word: unknown): Record<string, unknown> | undefined {
  if (typeof word !== 'object' || word === null || word instanceof vscode.Uri) return undefined;
  const known = ['document', 'workspace', 'scope', 'prompt', 'instruction'];
  return known.some((name) => name in word) ? (word as Record<string, unknown>) : undefined;
}

/** The editor at hand; undefined, and the user is told, when there is none. */
export function target(connection: Connection): Target | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void vscode.window.showInformationMessage('Open the file you mean first.');
    return undefined;
  }
  return targetOf(connection, editor.document, editor.selection);
}

export function targetOf(
  connection: Connection,
  document: vscode.TextDocument,
  selection: vscode.Range,
): Target {
  const whole = selection.isEmpty;
  const name = path.basename(document.uri.path);
  const lines =
    selection.start.line === selection.end.line
      ? `line ${selection.start.line + 1}`
      : `lines ${selection.start.line + 1}–${selection.end.line + 1}`;
  return {
    document: {
      uri: document.uri.toString(),
      version: document.version,
      languageId: document.languageId,
      // A daemon that follows the buffer knows it, and places an edit in it as it is by then.
      ...(connection.follows ? {} : { text: document.getText() }),
    },
    range: whole ? null : asRange(selection),
    workspace: workspaceOf(document.uri) ?? null,
    name: whole ? name : `${name}, ${lines}`,
  };
}

export function asRange(range: vscode.Range): Range {
  return {
    start: { line: range.start.line, character: range.start.character },
    end: { line: range.end.line, character: range.end.character },
  };
}

/** The folder of the workspace a file is in; for a file outside of all, its own folder. */
export function workspaceOf(uri: vscode.Uri | undefined): string | undefined {
  const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  if (folder !== undefined) return folder.uri.fsPath;
  if (uri?.scheme === 'file') return path.dirname(uri.fsPath);
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

/** The folder meant by a command about changes; the user picks when several are open. */
export async function folderAtHand(): Promise<string | undefined> {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  if (folder !== undefined) return folder.uri.fsPath;
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    void vscode.window.showInformationMessage('Open a folder that is a git repository first.');
  }
  if (folders.length <= 1) return folders[0]?.uri.fsPath;
  return (await vscode.window.showWorkspaceFolderPick())?.uri.fsPath;
}
