// Where aircherd is looked for, and in which order.
import * as assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

    it('from PATH outwards, and never inside a folder that is open', async () => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      assert.ok(folder);
      process.env['HOME'] = path.join(root, 'home');
      const inside = ['.venv/bin', 'venv/bin', 'tools'].map((name) => path.join(folder, name));
      const link = path.join(root, 'link');
      const linked = path.join(root, 'linked');
      process.env['PATH'] = ['relative', ...inside, link, linked, path.join(root, 'path')].join(path.delimiter);
      for (const place of inside) {
        mkdirSync(place, { recursive: true });
        writeFileSync(path.join(place, 'aircherd'), '#!/bin/sh\n', { mode: 0o755 });
      }
      symlinkSync(path.join(folder, 'tools'), link);
      mkdirSync(linked);
      symlinkSync(path.join(folder, 'tools', 'aircherd'), path.join(linked, 'aircherd'));
      assert.equal(await found(), undefined);
      for (const place of [
        path.join(root, 'storage', 'venv', 'bin'),
        path.join(root, 'home', '.aircher', 'bin'),
        path.join(root, 'path'),
      ]) {
        const program = path.join(place, 'aircherd');
        mkdirSync(place, { recursive: true });
        writeFileSync(program, '#!/bin/sh\n');
        assert.notEqual(await found(), program, 'a file that cannot be run was taken');
        chmodSync(program, 0o755);
        assert.equal(await found(), program);
      }
      for (const name of ['.venv', 'venv', 'tools']) rmSync(path.join(folder, name), { recursive: true });
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
