// Runs one story in headless Chromium: node browser.mjs STORY.mjs, with HOST, ARTEFACTS and LIMIT.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { HOST, ARTEFACTS, LIMIT, CHROMIUM } = process.env;
const { chromium } = createRequire(path.join(HOST, 'host', 'x.js'))('playwright-core');
// The browser of the set-up, with the libraries and fonts that a server has not.
const brought = path.join(HOST, 'browser');
const env = { ...process.env, LD_LIBRARY_PATH: path.join(brought, 'al2023', 'lib'), FONTCONFIG_FILE: path.join(brought, 'fonts.conf') };

const story = (await import(pathToFileURL(process.argv[2]).href)).default;
const browser = await chromium.launch({
  ...(CHROMIUM ? { executablePath: CHROMIUM } : { executablePath: path.join(brought, 'chromium'), env }),
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
page.setDefaultTimeout(60_000);
// What the page asked of anybody but this machine. The extension's own files have an address of
// that other kind, which the page's service worker answers itself.
const strangers = [];
page.on('request', (request) => {
  const { protocol, hostname } = new URL(request.url());
  if (/^(https?|wss?):$/.test(protocol) && !/(^|\.)(127\.0\.0\.1|localhost|vscode-resource\.vscode-cdn\.net)$/.test(hostname)) strangers.push(request.url());
});
const shot = (name) => page.screenshot({ path: path.join(ARTEFACTS, `${name}.png`) });
let code = 1;
try {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`the story took longer than ${LIMIT} s`)), Number(LIMIT) * 1000).unref());
  await Promise.race([story({ page, shot, strangers }), late]);
  code = 0;
} catch (error) {
  console.log(error.stack ?? error);
  await shot(`failed-${path.basename(process.argv[2], '.mjs')}`).catch(() => undefined);
}
await browser.close();
process.exit(code);
