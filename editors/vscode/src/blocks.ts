// Code in an answer, and putting it where the cursor is.
import MarkdownIt from 'markdown-it';
import * as vscode from 'vscode';

const markdown = new MarkdownIt('commonmark', { html: false });

/** The text of every block of code, in the order they are shown. */
export function blocks(text: string): string[] {
  return markdown
    .parse(text, {})
    .filter((token) => token.type === 'fence' || token.type === 'code_block')
    .map((token) => token.content);
}

/** Inserts `text` at the cursor of the editor used last, instead of what is selected there. */
export async function insertAtCursor(text: string): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (editor === undefined) {
    void vscode.window.showInformationMessage('Open the file the text should go into first.');
    return;
  }
  await editor.edit((edit) => edit.replace(editor.selection, text));
  await vscode.window.showTextDocument(editor.document, editor.viewColumn);
}
