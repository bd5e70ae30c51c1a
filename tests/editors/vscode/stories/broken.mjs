// An aircherd that cannot start says why in its own words, where it is clicked.
import { messages, open, until } from './hands.mjs';

export default async function broken({ page, shot }) {
  await open(page);
  const item = page.locator('.statusbar-item[id="aircher.aircher.aircher"]');
  await until('the status bar shows that something is wrong', async () => /error/.test((await item.getAttribute('class')) ?? '') || (await item.locator('.codicon-error').count()) > 0);
  await item.click();
  await until('the reason is told', async () => (await messages(page)).some((text) => text.includes('cannot be started') && text.includes('the moon is in the way. Mend that and try again.')));
  await shot('broken');
}
