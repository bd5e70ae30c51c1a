// A first day: a message, an explanation, a review and its fix, an edit seen before it is made,
// the bill.
import assert from 'node:assert/strict';
import { answer, answers, apply, clear, command, editor, goTo, idle, open, openFile, pick, statusText, text, until } from './hands.mjs';

export default async function day({ page, shot, strangers }) {
  await open(page);
  await until('the status bar shows the spend', async () => /\$0\.00 of \$2\.00/.test(await statusText(page)));

  // A commit message.
  await page.keyboard.press('Control+Shift+G');
  await page.locator('.scm-view a.action-label[aria-label="Write Commit Message"], .pane-header a.action-label[aria-label="Write Commit Message"], .composite.title a.action-label[aria-label="Write Commit Message"]').first().click();
  const box = page.locator('.scm-editor .view-lines');
  await until('the message is in the box', async () => (await box.innerText()).replaceAll('\u00a0', ' ').includes('Add the mean of prices'));
  await until('the model stands in the status bar', async () => /small · \$0\.0\d* of \$2\.00/.test(await statusText(page)));
  await openFile(page, 'shop.py');
  await page.locator('.pane-header', { hasText: 'Changes' }).first().hover();
  await until('the progress has ended', async () => !(await page.locator('.scm-view .monaco-progress-container.active, .pane .monaco-progress-container.active').count()));
  await shot('commit');

  // An explanation that streams, from the context menu.
  await goTo(page, 5, 6);
  await page.locator('.editor-instance .view-line', { hasText: 'len' }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'aircher' }).click();
  await page.getByRole('menuitem', { name: 'Explain' }).waitFor();
  // A menu takes no click for a moment after it has opened, lest one meant for its parent counts.
  await page.waitForTimeout(500);
  await page.getByRole('menuitem', { name: 'Explain' }).click();
  const view = await answers(page);
  const seen = new Set();
  await until('the explanation is whole', async () => {
    seen.add(await view.locator('.answer').first().innerText().catch(() => ''));
    return (await view.locator('footer.notes').first().innerText().catch(() => '')).includes('acme/small');
  });
  assert.ok(seen.size > 2, 'the text did not come piece by piece');
  assert.equal(await view.locator('.answer strong').first().innerText(), 'average price');
  await idle(page);
  await shot('explain');

  // A question that follows, and an answer that would like to load and link.
  await view.locator('#input').fill('Is it safe? checkPrices');
  await view.locator('#send').click();
  await until('the answer is there', async () => (await view.locator('.answer').count()) === 2 && /empty list/.test(await view.locator('.answer').last().innerText()));
  await view.locator('#input').fill('Now something hostile');
  await view.locator('#input').press('Enter');
  await until('the hostile answer is there', async () => (await view.locator('article.done').count()) === 3);
  const active = await view.evaluate(() => document.querySelectorAll('.answer :is(img, a, script, iframe, style, form, object, embed, svg)').length);
  assert.equal(active, 0, await view.locator('.answer').last().innerHTML());
  await shot('hostile');

  // A block of code goes to the cursor.
  await editor(page);
  await goTo(page, 6);
  await page.keyboard.press('End');
  await view.locator('article').first().locator('pre').hover();
  await view.locator('article').first().locator('pre button.insert').click();
  await until('the code is in the file', async () => (await text(page)).includes('print(mean(prices))'));
  await editor(page);
  await page.keyboard.press('Control+z');
  await until('it is taken back', async () => !(await text(page)).includes('print'));

  await page.locator('.tab[data-resource-name="aircher"] .codicon-close, .tab', { hasText: 'aircher' }).last().click({ button: 'middle' });

  // A review, and its fix from the lightbulb's menu.
  await command(page, 'aircher: Review…');
  await pick(page, 'What is staged');
  await page.locator('.comment-thread, .comment-range-glyph.comment-thread').first().waitFor({ state: 'attached' });
  await page.waitForTimeout(1500);
  await command(page, 'Problems: Focus on Problems View');
  await until('the finding is among the problems', async () => (await page.locator('.markers-panel').innerText().catch(() => '')).includes('An empty list divides by zero'));
  await clear(page);
  await editor(page);
  await goTo(page, 6);
  const glyph = page.locator('.comment-range-glyph.comment-thread').first();
  await glyph.click();
  await until('the reason is beside the code', async () => (await page.locator('.review-widget').innerText().catch(() => '')).replaceAll('\u00a0', ' ').includes('raises ZeroDivisionError'));
  await idle(page);
  await shot('review');
  await glyph.click();
  await editor(page);
  await goTo(page, 6);
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget .monaco-list-row', { hasText: 'fix: An empty list divides by zero' }).click();
  await until('the fix is made', async () => (await text(page)).includes('if prices else 0'));
  await until('the finding is gone', async () => !(await page.locator('.markers-panel').innerText()).includes('An empty list divides'));
  await editor(page);
  await page.keyboard.press('Control+z');
  await until('it is taken back', async () => !(await text(page)).includes('if prices else 0'));

  // An edit is seen before it is made.
  await goTo(page, 6);
  await command(page, 'aircher: Fix…');
  await answer(page, 'Paste the error', 'division by zero');
  await apply(page, () => idle(page).then(() => shot('preview')));
  await until('the edit is made', async () => (await text(page)).includes('if not prices:'));

  // The bill.
  await page.keyboard.press('Control+j');
  await page.locator('.statusbar-item[id="aircher.aircher.aircher"]').click();
  const usage = await until('the usage is shown', async () => {
    for (const frame of page.frames()) {
      if (await frame.evaluate(() => document.querySelector('h1')?.textContent === 'What aircher spent').catch(() => false)) return frame;
    }
    return undefined;
  });
  assert.match(await usage.locator('body').innerText(), /code reviews?|commit messages/i);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await shot('usage');

  assert.deepEqual(strangers, [], 'something outside this machine was asked for');
}
