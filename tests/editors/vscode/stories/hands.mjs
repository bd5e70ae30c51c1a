// What a person does in VS Code, for the stories.

/** Opens a folder and waits for the workbench. */
export async function open(page) {
  const { ADDRESS, FOLDER } = process.env;
  await page.goto(`${ADDRESS}/?${new URLSearchParams({ folder: FOLDER })}`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.monaco-workbench .statusbar', { timeout: 60_000 });
  await page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 60_000 });
}

/** Waits until `found` gives something; fails by name. */
export async function until(what, found, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await found();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs a command from the palette, by its title. */
export async function command(page, title) {
  await page.keyboard.press('F1');
  // Under load a key may come before the box it is meant for: the box is filled, not typed into.
  await box(page).fill(`>${title}`);
  await row(page, title).click();
}

/** Answers the question with that hint in its box. */
export async function answer(page, hint, text) {
  const asked = page.locator(`.quick-input-widget input[placeholder*="${hint}"]`);
  await asked.fill(text);
  await asked.press('Enter');
  await asked.waitFor({ state: 'hidden' });
}

function box(page) {
  return page.locator('.quick-input-widget input').first();
}

/** Picks a row of the list that is open. */
export async function pick(page, text) {
  await row(page, text).click();
}

function row(page, text) {
  return page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
}

/** Opens a file by its name. */
export async function openFile(page, name) {
  await page.keyboard.press('Control+p');
  await box(page).fill(name);
  await row(page, name).click();
  await page.waitForSelector(`.tab[data-resource-name="${name}"]`);
}

/** Puts the cursor at a line, 1-based; with `to`, selects the lines. */
export async function goTo(page, line, to) {
  await page.keyboard.press('Control+g');
  await box(page).fill(`:${line}`);
  await box(page).press('Enter');
  await page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  await page.keyboard.press('Home');
  if (to !== undefined) {
    for (let at = line; at < to; at += 1) await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+End');
  }
}

/** The page of the answer view. */
export async function answers(page) {
  return until('the view is there', async () => {
    for (const frame of page.frames()) {
      if (await frame.evaluate(() => document.getElementById('turns') !== null).catch(() => false)) return frame;
    }
    return undefined;
  });
}

/** The text of aircher's item in the status bar. */
export async function statusText(page) {
  return page.locator('.statusbar-item[id="aircher.aircher.aircher"]').innerText();
}

/** Waits until nothing is being asked, by the same item: the daemon tells of it once a second. */
export async function idle(page) {
  const item = page.locator('.statusbar-item[id="aircher.aircher.aircher"]');
  await until('nothing is being asked', async () => (await item.locator('.codicon-modifier-spin, .codicon-sync').count()) === 0);
}

/** Messages at the lower right. */
export async function messages(page) {
  return page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts();
}

/** Takes the messages away, so that they hide nothing. */
export async function clear(page) {
  await command(page, 'Notifications: Clear All Notifications');
}

/** Puts the focus into the first editor. */
export async function editor(page) {
  // A click also takes it out of a web view, where keys may not reach the workbench.
  await page.locator('.editor-instance .view-lines').first().click();
  await page.waitForTimeout(200);
}

/** What the first editor shows. */
export async function text(page) {
  return (await page.locator('.editor-instance .view-lines').first().innerText()).replaceAll('\u00a0', ' ');
}

/** Presses Apply at the difference that is shown, once it has been `seen`. */
export async function apply(page, seen) {
  await page.locator('.diff-editor, .monaco-diff-editor').first().waitFor();
  const button = page.locator('.editor-actions a.action-label[aria-label^="Apply"], .title-actions a.action-label[aria-label^="Apply"]').first();
  await button.waitFor();
  await page.waitForTimeout(500);
  await seen?.();
  await button.click();
}
