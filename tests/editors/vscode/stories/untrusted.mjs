// A folder the user does not trust: nothing of it is read for a model, and it is said.
import assert from 'node:assert/strict';
import { command, open, messages, openFile, statusText, until } from './hands.mjs';

export default async function untrusted({ page, shot }) {
  await open(page);
  await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  await until('the status bar is there', async () => /of \$2\.00/.test(await statusText(page)));
  await openFile(page, 'shop.py');
  for (const title of ['aircher: Write Commit Message', 'aircher: Explain']) {
    await command(page, title);
    await until(`${title} is refused`, async () => (await messages(page)).some((text) => text.includes('not trusted')));
    await command(page, 'Notifications: Clear All Notifications');
  }
  // The lightbulb's own way in goes the same way.
  await command(page, 'aircher: Ask…');
  await until('asking is refused', async () => (await messages(page)).some((text) => text.includes('not trusted')));
  await shot('untrusted');
  assert.equal(await page.locator('.quick-input-widget:visible').count(), 0);
}
