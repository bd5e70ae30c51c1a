// No aircherd anywhere: it is said why, and the extension's own environment is one press away.
import { command, messages, open, statusText, until } from './hands.mjs';

export default async function missing({ page, shot }) {
  await open(page);
  await until('its absence is told', async () => (await messages(page)).some((text) => text.includes('aircherd is not installed')));
  await shot('missing');
  await page.locator('.notification-list-item').getByRole('button', { name: 'Install it' }).click();
  await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Install', exact: true }).click();
  await until('it is installed and answers', async () => /\$0\.00/.test(await statusText(page).catch(() => '')), 200);
  await command(page, 'aircher: Show Usage');
  await until('the page with charts is drawn', async () => {
    for (const frame of page.frames()) {
      if (await frame.evaluate(() => document.querySelectorAll('figure svg, .cards .card').length > 0).catch(() => false)) return true;
    }
    return false;
  });
  await command(page, 'aircher: Get Started');
  await page.locator('.getting-started-step').first().waitFor();
  await until('its first step is done', async () => (await page.locator('.codicon-getting-started-step-checked').count()) > 0);
  await page.waitForTimeout(800);
  await shot('walkthrough');
}
