// Opens a folder and runs a bundle of tests inside the real extension host: ADDRESS, FOLDER,
// EXTENSION, TESTS. The host's exit code is the tests'.
export default async function inhost({ page }) {
  const { ADDRESS, FOLDER, EXTENSION, TESTS } = process.env;
  let leave;
  const left = new Promise((resolve) => (leave = resolve));
  await page.exposeFunction('codeAutomationLog', (kind, words) => {
    const text = words.join(' ');
    if (kind === 'error' || text.startsWith('aircher-test ')) console.log(text.replace('aircher-test ', '').slice(0, 4000));
  });
  await page.exposeFunction('codeAutomationExit', (code) => leave(code));
  const remote = `vscode-remote://${new URL(ADDRESS).host}`;
  const payload = [['extensionDevelopmentPath', remote + EXTENSION], ['extensionTestsPath', remote + TESTS]];
  const query = new URLSearchParams({ [FOLDER.endsWith('.code-workspace') ? 'workspace' : 'folder']: FOLDER, payload: JSON.stringify(payload) });
  await page.goto(`${ADDRESS}/?${query}`, { waitUntil: 'domcontentloaded' });
  const code = await left;
  if (code !== 0) throw new Error(`the tests in the extension host ended with ${code}`);
}
