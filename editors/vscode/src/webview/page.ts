// The page of the answer view. It shows what it is sent and reports what was pressed.
import type { FromPage, ToPage, Turn } from '../turns';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

const vscode = acquireVsCodeApi();
const turns = element('turns');
const form = element('form') as HTMLFormElement;
const input = element('input') as HTMLTextAreaElement;
const send = element('send') as HTMLButtonElement;
let busy = false;

window.addEventListener('message', (event: MessageEvent<ToPage>) => {
  const message = event.data;
  const following = atEnd();
  if (message.kind === 'turns') showAll(message.turns);
  else fill(turns.children.item(message.index), message.html);
  if (following) window.scrollTo({ top: document.body.scrollHeight });
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (busy) vscode.postMessage({ kind: 'stop' });
  else if (text !== '') {
    vscode.postMessage({ kind: 'ask', text });
    input.value = '';
  }
});

input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (!busy) form.requestSubmit();
  }
});

vscode.postMessage({ kind: 'ready' });

function showAll(all: readonly Turn[]): void {
  busy = all.some((turn) => turn.state === 'busy');
  send.textContent = busy ? 'Stop' : 'Ask';
  turns.replaceChildren(...all.map(article));
}

function article(turn: Turn, index: number): HTMLElement {
  const made = document.createElement('article');
  made.className = turn.state;
  made.append(part('h2', 'question', turn.question), part('div', 'answer', ''), part('footer', 'notes', turn.notes.join('\n')));
  fill(made, turn.html, index);
  if (turn.state !== 'busy' && turn.html !== '') {
    made.append(buttons(index, null));
  }
  return made;
}

/** `html` comes from `render` in the extension, which lets nothing active through. */
function fill(made: Element | null, html: string, index?: number): void {
  const answer = made?.querySelector('.answer');
  if (!answer) return;
  answer.innerHTML = html;
  if (index === undefined) return;
  answer.querySelectorAll('pre').forEach((block, number) => block.append(buttons(index, number)));
}

function buttons(index: number, block: number | null): HTMLElement {
  const bar = part('div', 'bar', '');
  for (const kind of ['copy', 'insert'] as const) {
    const button = part('button', kind, kind === 'copy' ? 'Copy' : 'Insert') as HTMLButtonElement;
    button.type = 'button';
    button.title = kind === 'copy' ? 'Copy to the clipboard' : 'Insert at the cursor';
    button.addEventListener('click', () => vscode.postMessage({ kind, index, block }));
    bar.append(button);
  }
  return bar;
}

function part(tag: string, name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function atEnd(): boolean {
  return window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}
