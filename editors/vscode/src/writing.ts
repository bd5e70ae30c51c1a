// Commands that propose an edit: fix, document, refactor, generate.
import * as vscode from 'vscode';
import type { Connection } from './client';
import { propose, type Places } from './edits';
import {
  DocumentKind,
  GenerateKind,
  type DiagnosticRef,
  type DocumentParams,
  type FixParams,
  type GenerateParams,
  type RefactorParams,
} from './protocol.gen';
import { asRange, given, target, type Target } from './target';
import { requireTrust } from './trust';

const TRUST = 'This sends the code to a model';

/** Proposes the remedy of the problem at the cursor, or of one the user pastes. */
export async function fix(connection: Connection, places: Places, word: unknown): Promise<void> {
  if (!(await requireTrust(TRUST))) return;
  let params = given(word) as FixParams | undefined;
  if (params === undefined) {
    const meant = target(connection);
    const problem = meant && (await problemAtHand());
    if (meant === undefined || problem === undefined) return;
    params = { document: meant.document, workspace: meant.workspace, range: meant.range, ...problem };
  }
  await propose(connection, places, 'Fixing', 'aircher/fix', params);
}

/** Proposes documentation of the selection, or a section of the README. */
export async function document(connection: Connection, places: Places, word: unknown): Promise<void> {
  if (!(await requireTrust(TRUST))) return;
  let params = given(word) as DocumentParams | undefined;
  if (params === undefined) {
    const meant = target(connection);
    if (meant === undefined) return;
    const kinds = [
      { label: 'Documentation comments', description: meant.name, what: DocumentKind.Docstring },
      { label: 'A section of the README', description: `about ${meant.name}`, what: DocumentKind.Readme },
    ];
    const picked = await vscode.window.showQuickPick(kinds, { title: 'aircher: write what?' });
    if (picked === undefined) return;
    params = { ...about(meant), kind: picked.what };
  }
  await propose(connection, places, 'Documenting', 'aircher/document', params);
}

/** Proposes another structure for the selection. */
export async function refactor(connection: Connection, places: Places, word: unknown): Promise<void> {
  if (!(await requireTrust(TRUST))) return;
  let params = given(word) as Partial<RefactorParams> | undefined;
  if (params === undefined) {
    const meant = target(connection);
    if (meant === undefined) return;
    params = { ...about(meant), range: meant.range ?? wholeOf() };
  }
  const instruction = params.instruction ?? (await wish('Refactor', 'What should change?'));
  if (instruction === undefined) return;
  await propose(connection, places, 'Refactoring', 'aircher/refactor', {
    ...(params as RefactorParams),
    instruction,
  });
}

/** Proposes code at the cursor, or instead of the selection. */
export async function generate(connection: Connection, places: Places, word: unknown): Promise<void> {
  if (!(await requireTrust(TRUST))) return;
  let params = given(word) as Partial<GenerateParams> | undefined;
  if (params === undefined) {
    const meant = target(connection);
    if (meant === undefined) return;
    params = { ...about(meant), position: cursor(), kind: GenerateKind.Code };
  }
  const tests = params.kind === GenerateKind.Tests;
  const instruction = params.instruction ?? (tests ? '' : await wish('Generate', 'What should it do?'));
  if (instruction === undefined) return;
  await propose(connection, places, 'Writing', 'aircher/generate', { ...params, instruction });
}

/** Proposes tests for the selection, or for the file. */
export async function tests(connection: Connection, places: Places): Promise<void> {
  const meant = target(connection);
  if (meant !== undefined) {
    await generate(connection, places, { ...about(meant), kind: GenerateKind.Tests, instruction: '' });
  }
}

/** The problem under the cursor; where there are several the user picks, where none, pastes one. */
async function problemAtHand(): Promise<Pick<FixParams, 'diagnostic' | 'error'> | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return undefined;
  const lines = new vscode.Range(editor.selection.start.line, 0, editor.selection.end.line + 1, 0);
  const here = vscode.languages
    .getDiagnostics(editor.document.uri)
    .filter((diagnostic) => lines.intersection(diagnostic.range) !== undefined);
  if (here.length === 0) {
    const error = await wish('Fix', 'Paste the error, or say what is wrong');
    return error === undefined ? undefined : { error };
  }
  const picked =
    here.length === 1
      ? here[0]
      : (
          await vscode.window.showQuickPick(
            here.map((diagnostic) => ({ label: diagnostic.message, diagnostic })),
            { title: 'aircher: fix which problem?' },
          )
        )?.diagnostic;
  return picked && { diagnostic: asDiagnostic(picked) };
}

export function asDiagnostic(diagnostic: vscode.Diagnostic): DiagnosticRef {
  const code = typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code;
  return {
    message: diagnostic.message,
    range: asRange(diagnostic.range),
    source: diagnostic.source ?? null,
    code: code ?? null,
  };
}

async function wish(title: string, placeHolder: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({ title: `aircher: ${title.toLowerCase()}`, placeHolder });
  return text === undefined || text.trim() === '' ? undefined : text;
}

function about(meant: Target): Pick<DocumentParams, 'document' | 'range' | 'workspace'> {
  return { document: meant.document, range: meant.range, workspace: meant.workspace };
}

function cursor(): GenerateParams['position'] {
  const at = vscode.window.activeTextEditor?.selection.active;
  return at === undefined ? null : { line: at.line, character: at.character };
}

function wholeOf(): RefactorParams['range'] {
  const document = vscode.window.activeTextEditor?.document;
  return { start: { line: 0, character: 0 }, end: { line: document?.lineCount ?? 0, character: 0 } };
}
