import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { runTests } from './mocha';
import { repository, until } from './world';

export const run = (): Promise<void> =>
  runTests(() => {
    describe('the button in the source control view', () => {
      it('fills the box of the repository with the message the model wrote', async () => {
        const shop = await repository('shop');
        await until('the change is staged', () => shop.state.indexChanges.length > 0);
        await vscode.commands.executeCommand('aircher.commit', { rootUri: shop.rootUri });
        assert.equal(shop.inputBox.value, 'Add the mean of prices');
      });
    });
  });
