import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { runTests } from './mocha';
import { repository, until, type Repository } from './world';

const MESSAGE = 'Add the mean of prices';

export const run = (): Promise<void> =>
  runTests(() => {
    describe('the button in the source control view', () => {
      let shop: Repository;
      let garden: Repository;
      before(async () => {
        shop = await repository('shop');
        garden = await repository('garden');
        await until('the change is staged', () => shop.state.indexChanges.length > 0);
      });

      it('fills the box of the repository whose button it is, and no other', async () => {
        await vscode.commands.executeCommand('aircher.commit', { rootUri: garden.rootUri });
        assert.equal(garden.inputBox.value, MESSAGE);
        assert.equal(shop.inputBox.value, '');
      });

      it('shows the message while it is written', async () => {
        const seen = new Set<string>();
        const watch = setInterval(() => seen.add(shop.inputBox.value), 5);
        await vscode.commands.executeCommand('aircher.commit', { rootUri: shop.rootUri });
        clearInterval(watch);
        assert.equal(shop.inputBox.value, MESSAGE);
        const parts = [...seen].filter((text) => text !== '' && text !== MESSAGE);
        assert.ok(parts.length > 0, 'nothing was shown before the end');
        for (const part of parts) assert.ok(MESSAGE.startsWith(part), part);
      });

      it('takes what the user wrote for a hint', async () => {
        shop.inputBox.value = 'Mention the empty list';
        await vscode.commands.executeCommand('aircher.commit', { rootUri: shop.rootUri });
        assert.equal(shop.inputBox.value, MESSAGE);
      });

      it('puts back what stood there when it is stopped', async () => {
        shop.inputBox.value = 'my own words';
        const writing = vscode.commands.executeCommand('aircher.commit', { rootUri: shop.rootUri });
        await until('writing has begun', () => shop.inputBox.value !== 'my own words');
        await vscode.commands.executeCommand('aircher.stop');
        await writing;
        assert.equal(shop.inputBox.value, 'my own words');
      });
    });
  });
