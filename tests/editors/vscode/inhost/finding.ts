// Where aircherd is looked for, and in which order.
import * as assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { findDaemon } from '../../../../editors/vscode/src/find';
import { words } from '../../../../editors/vscode/src/findings';

export function finding(): void {
  describe('aircherd is looked for', () => {
    const { PATH, HOME } = process.env;
    const root = mkdtempSync(path.join(tmpdir(), 'aircher-finding-'));
    const context = { globalStorageUri: vscode.Uri.file(path.join(root, 'storage')) } as vscode.ExtensionContext;
    const found = async (): Promise<string | undefined> => (await findDaemon(context))?.command;

    after(() => {
      process.env['PATH'] = PATH;
      process.env['HOME'] = HOME;
      rmSync(root, { recursive: true, force: true });
    });

    it('from the workspace outwards', async () => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      assert.ok(folder);
      process.env['HOME'] = path.join(root, 'home');
      process.env['PATH'] = `relative${path.delimiter}${path.join(root, 'path')}`;
      assert.equal(await found(), undefined);
      for (const place of [
        path.join(root, 'storage', 'venv', 'bin'),
        path.join(root, 'home', '.aircher', 'bin'),
        path.join(root, 'path'),
        path.join(folder, 'venv', 'bin'),
        path.join(folder, '.venv', 'bin'),
      ]) {
        const program = path.join(place, 'aircherd');
        mkdirSync(place, { recursive: true });
        writeFileSync(program, '#!/bin/sh\n');
        assert.notEqual(await found(), program, 'a file that cannot be run was taken');
        chmodSync(program, 0o755);
        assert.equal(await found(), program);
      }
      rmSync(path.join(folder, 'venv'), { recursive: true });
      rmSync(path.join(folder, '.venv'), { recursive: true });
    });
  });

  describe('the reason beside a line', () => {
    it('is plain text but for code', () => {
      const shown = words('`f([])` is [pressed](command:x) ![y](http://z/) <b>`\n`').value;
      assert.ok(shown.startsWith('`f([])`'), shown);
      assert.doesNotMatch(shown.slice('`f([])`'.length), /(^|[^\\])[[\]`]|<b>/, shown);
    });
  });
}
