import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { withNeighbours } from '../../../../editors/vscode/src/neighbours';
import type { DocumentRef } from '../../../../editors/vscode/src/protocol.gen';
import { runTests } from './mocha';
import { api, repository, until } from './world';

const EMPTY = '    if not prices:\n        return 0\n    return total(prices) / len(prices)\n';

export const run = (): Promise<void> =>
  runTests(() => {
    let file: vscode.Uri;
    let root: string;
    let original: string;

    before(async () => {
      const shop = await repository('shop');
      root = shop.rootUri.fsPath;
      file = vscode.Uri.joinPath(shop.rootUri, 'shop.py');
      original = (await vscode.workspace.openTextDocument(file)).getText();
      await vscode.workspace.getConfiguration('aircher').update('previewEdits', false, vscode.ConfigurationTarget.Global);
    });

    beforeEach(async () => {
      const editor = await vscode.window.showTextDocument(file);
      if (editor.document.getText() !== original) {
        const all = new vscode.Range(0, 0, editor.document.lineCount, 0);
        await editor.edit((edit) => edit.replace(all, original));
      }
      editor.selection = new vscode.Selection(4, 0, 6, 0);
    });

    it('explain streams into the view', async () => {
      const { view } = await api();
      await vscode.commands.executeCommand('aircher.explain');
      assert.match(view.lastText ?? '', /average price/);
    });

    it('explain tells what other extensions know nearby', async () => {
      const rates = vscode.Uri.joinPath(file, '..', 'rates.py');
      const shop = { pattern: '**/shop.py' };
      const { Function: kind } = vscode.SymbolKind;
      const ends = [
        vscode.languages.registerDocumentSymbolProvider(shop, {
          provideDocumentSymbols: () => [
            new vscode.DocumentSymbol('mean', '', kind, new vscode.Range(4, 0, 5, 39), new vscode.Range(4, 4, 4, 8)),
          ],
        }),
        vscode.languages.registerDefinitionProvider(shop, {
          provideDefinition: (document, position) =>
            document.getText(document.getWordRangeAtPosition(position)) === 'total'
              ? new vscode.Location(rates, new vscode.Range(0, 4, 0, 9))
              : new vscode.Location(vscode.Uri.file('/usr/lib/elsewhere.py'), new vscode.Range(0, 0, 0, 1)),
        }),
        vscode.languages.registerReferenceProvider(shop, {
          provideReferences: (_, position) =>
            position.line === 4 && position.character === 4 ? [new vscode.Location(rates, new vscode.Range(5, 6, 5, 10))] : [],
        }),
      ];
      try {
        const { document } = await vscode.window.showTextDocument(file);
        const about: DocumentRef = { uri: file.toString(), version: document.version };
        const said = await withNeighbours({ document: about, range: { start: { line: 4, character: 0 }, end: { line: 6, character: 0 } } });
        const places = said.document.neighbours?.map(({ kind, uri, range }) => [kind, path.basename(uri), range.start.line]);
        assert.deepEqual(places, [['enclosing', 'shop.py', 4], ['definition', 'rates.py', 0], ['reference', 'rates.py', 5]]);
        const whole = { document: about, range: null };
        assert.equal(await withNeighbours(whole), whole, 'of a whole file nothing is near');
        await vscode.commands.executeCommand('aircher.explain');
      } finally {
        for (const end of ends) end.dispose();
      }
    });

    it('ask answers, about the selection', async () => {
      const { view } = await api();
      await vscode.commands.executeCommand('aircher.ask', { prompt: 'Is mean safe? checkPrices' });
      assert.equal(view.lastText, 'Yes: **an empty list** divides by zero.');
    });

    it('summarize tells of the change', async () => {
      const { view } = await api();
      await vscode.commands.executeCommand('aircher.summarize', { workspace: root, scope: 'diff' });
      assert.equal(view.lastText, 'It adds the **mean** of prices.');
    });

    it('fix changes the buffer and not the file', async () => {
      const diagnostic = { message: 'division by zero', source: 'ruff', range: span(5, 4, 5, 39) };
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.commands.executeCommand('aircher.fix', {
        document: { uri: file.toString(), version: document.version, text: document.getText() },
        diagnostic,
      });
      assert.ok(document.getText().includes(EMPTY), document.getText());
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.ok(document.isDirty, 'an edit is not saved unasked');
    });

    it('an edit finds its lines when the file has changed meanwhile', async () => {
      const editor = await vscode.window.showTextDocument(file);
      const fixing = vscode.commands.executeCommand('aircher.fix', wish(editor.document));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '# prices\n'));
      await fixing;
      assert.ok(editor.document.getText().startsWith('# prices\ndef total'));
      assert.ok(editor.document.getText().includes(EMPTY), editor.document.getText());
    });

    it('an edit whose lines have changed meanwhile is not made', async () => {
      const editor = await vscode.window.showTextDocument(file);
      const fixing = vscode.commands.executeCommand('aircher.fix', wish(editor.document));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await editor.edit((edit) => edit.insert(new vscode.Position(5, 11), 'float(1) * '));
      const text = editor.document.getText();
      await fixing;
      assert.equal(editor.document.getText(), text);
    });

    it('document writes the comment', async () => {
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.commands.executeCommand('aircher.document', {
        document: { uri: file.toString(), version: document.version, text: document.getText() },
        range: span(4, 0, 6, 0),
      });
      assert.match(document.getText(), /def mean\(prices\):\n {4}"""The mean price\."""/);
    });

    it('refactor changes what is selected', async () => {
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.commands.executeCommand('aircher.refactor', {
        document: { uri: file.toString(), version: document.version, text: document.getText() },
        range: span(0, 0, 2, 0),
        instruction: 'rename the parameter to amounts',
      });
      assert.match(document.getText(), /def total\(amounts\):\n {4}return sum\(amounts\)/);
    });

    it('generate writes at the cursor', async () => {
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.commands.executeCommand('aircher.generate', {
        document: { uri: file.toString(), version: document.version, text: document.getText() },
        position: { line: 6, character: 0 },
        instruction: 'the lowest price',
      });
      assert.match(document.getText(), /def low\(prices\):\n {4}return min\(prices\)/);
    });

    it('tests go to a file of their own', async () => {
      await vscode.commands.executeCommand('aircher.tests');
      const made = vscode.Uri.joinPath(file, '..', 'tests', 'test_shop.py');
      const document = await until('the tests are there', () =>
        vscode.workspace.textDocuments.find((one) => one.uri.path === made.path),
      );
      assert.match(document.getText(), /def test_mean/);
    });

    it('review shows in Problems, follows its line, and its fix is made', async () => {
      await vscode.commands.executeCommand('aircher.review', { workspace: root, scope: 'staged' });
      const problem = await until('the finding is shown', () => ours(file)[0]);
      assert.match(problem.message, /^An empty list divides by zero\n/);
      assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
      assert.equal(problem.range.start.line, 5);

      const editor = await vscode.window.showTextDocument(file);
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '# prices\n'));
      await until('it has moved with its line', () => ours(file)[0]?.range.start.line === 6);

      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        file,
        new vscode.Range(6, 4, 6, 4),
        undefined,
        5,
      );
      const titles = actions.map((action) => action.title);
      const fix = actions.find((action) => action.title.endsWith('fix: An empty list divides by zero'));
      assert.ok(fix?.edit, titles.join(', '));
      assert.ok(titles.some((title) => title.endsWith('Dismiss: An empty list divides by zero')), titles.join(', '));
      await vscode.workspace.applyEdit(fix.edit);
      assert.match(editor.document.lineAt(6).text, / {4}return total\(prices\) \/ len\(prices\) if prices else 0/);
      await until('the finding is gone', () => ours(file).length === 0);
    });

    it('a finding goes away when its line is edited, and when it is dismissed', async () => {
      await vscode.commands.executeCommand('aircher.review', { workspace: root, scope: 'staged' });
      await until('the finding is shown', () => ours(file)[0]);
      const editor = await vscode.window.showTextDocument(file);
      await editor.edit((edit) => edit.insert(new vscode.Position(5, 10), 'x'));
      await until('the finding is gone', () => ours(file).length === 0);
      await vscode.commands.executeCommand('undo');

      await vscode.commands.executeCommand('aircher.review', { workspace: root, scope: 'staged' });
      await until('the finding is shown', () => ours(file)[0]);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        file,
        new vscode.Range(5, 4, 5, 4),
      );
      const dismissal = actions.find((action) => action.title.includes('Dismiss'))?.command;
      assert.ok(dismissal);
      await vscode.commands.executeCommand(dismissal.command, ...(dismissal.arguments as unknown[]));
      await until('the finding is gone', () => ours(file).length === 0);
    });

    it('the lightbulb offers the rest, which is shown as from the menu', async () => {
      const { view } = await api();
      const selected = new vscode.Range(4, 0, 5, 39);
      const offered = async (): Promise<vscode.CodeAction[]> =>
        (await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', file, selected))
          .filter(({ title }) => title.startsWith('Aircher: '));
      const titles = (await offered()).map(({ title }) => title.slice('Aircher: '.length));
      for (const title of ['Explain this', 'Document this', 'Write tests for this', 'Review the selection', 'Simplify']) {
        assert.ok(titles.includes(title), titles.join(', '));
      }
      const command = (await offered()).find(({ title }) => title === 'Aircher: Explain this')?.command;
      assert.ok(command);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.commands.executeCommand(command.command, ...(command.arguments as unknown[]));
      assert.match(view.lastText ?? '', /average price/);
      const settings = vscode.workspace.getConfiguration('aircher');
      await settings.update('codeActions', false, vscode.ConfigurationTarget.Workspace);
      await until('it is switched off', async () => (await offered()).length === 0);
      await settings.update('codeActions', undefined, vscode.ConfigurationTarget.Workspace);
      await until('it is switched on again', async () => (await offered()).length > 0);
    });

    it('closing the view stops the answer', async () => {
      const { view } = await api();
      const asked = vscode.commands.executeCommand('aircher.ask', { prompt: 'Tell me slowly.' });
      await until('text arrives', () => (view.lastText ?? '').startsWith('word word'));
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await asked;
    });
  });

/** Asks for a remedy of the division, which takes the model a second to write. */
function wish(document: vscode.TextDocument): object {
  return { document: { uri: document.uri.toString(), version: document.version }, error: 'division by zero' };
}

function span(line: number, character: number, endLine: number, endCharacter: number): object {
  return { start: { line, character }, end: { line: endLine, character: endCharacter } };
}

function ours(file: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(file).filter((problem) => problem.source === 'aircher');
}
