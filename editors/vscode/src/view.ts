// The view that explanations, summaries and answers stream into, with questions to follow.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Progress } from './client';
import { blocks, insertAtCursor } from './blocks';
import { sentence, stopped } from './problems';
import type { Answer, LeftOut } from './protocol.gen';
import { plain, render } from './render';
import type { FromPage, ToPage, Turn } from './turns';

/** What came of one question. */
export interface Reply {
  readonly answer: Answer;
  readonly leftOut?: readonly LeftOut[] | undefined;
}

/** Asks; `show` gets the text so far. */
export type Ask = (token: vscode.CancellationToken, show: Progress) => Promise<Reply>;

/** Asks what is typed below an answer; `before` is the text it follows. */
export type FollowUp = (text: string, before: string) => Ask;

/** Milliseconds between two drawings of an answer that is still being written. */
const FRAME = 60;

/** One tab beside the code; it is made anew when it was closed. */
export class AnswerView implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private turns: Turn[] = [];
  private texts: string[] = [];
  private running: vscode.CancellationTokenSource | undefined;
  private followUp: FollowUp | undefined;
  private drawing: NodeJS.Timeout | undefined;

  constructor(private readonly extension: vscode.Uri) {}

  /** Shows a question and streams its answer. A question still being answered is stopped. */
  async ask(question: string, ask: Ask, followUp: FollowUp): Promise<void> {
    this.running?.cancel();
    const stop = new vscode.CancellationTokenSource();
    this.running = stop;
    this.followUp = followUp;
    this.reveal();
    const turn: Turn = { question: plain(question), html: '', state: 'busy', notes: [] };
    const index = this.turns.push(turn) - 1;
    this.texts[index] = '';
    this.sendAll();
    try {
      const reply = await ask(stop.token, (text) => {
        this.texts[index] = text;
        this.drawSoon(index, turn);
      });
      this.texts[index] = reply.answer.text;
      turn.state = 'done';
      turn.notes = notes(reply);
    } catch (error) {
      turn.state = stopped(error) ? 'stopped' : 'failed';
      turn.notes = [stopped(error) ? 'Stopped.' : sentence(error)];
    } finally {
      if (this.running === stop) this.running = undefined;
      stop.dispose();
    }
    turn.html = render(this.texts[index] ?? '');
    this.sendAll();
  }

  dispose(): void {
    this.panel?.dispose();
  }

  /** The text of the last answer; for the tests, which cannot look into the page. */
  get lastText(): string | undefined {
    return this.texts.at(-1);
  }

  private reveal(): void {
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, true);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      'aircher.answers',
      'aircher',
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      {
        enableScripts: true,
        enableForms: true,
        enableCommandUris: false,
        retainContextWhenHidden: true,
        localResourceRoots: [
          vscode.Uri.joinPath(this.extension, 'media'),
          vscode.Uri.joinPath(this.extension, 'dist'),
        ],
      },
    );
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.heard(message));
    // Whoever closes the view wants no more of it: what is being written stops, and its cost.
    panel.onDidDispose(() => {
      this.running?.cancel();
      this.panel = undefined;
      this.turns = [];
      this.texts = [];
    });
    panel.webview.html = this.page(panel.webview);
    this.panel = panel;
  }

  private async heard(message: FromPage): Promise<void> {
    if (message.kind === 'ready') this.sendAll();
    else if (message.kind === 'stop') this.running?.cancel();
    else if (message.kind === 'ask') {
      const before = this.texts.at(-1) ?? '';
      const follow = this.followUp;
      if (follow !== undefined) await this.ask(message.text, follow(message.text, before), follow);
    } else {
      const text = this.texts[message.index] ?? '';
      const wanted = message.block === null ? text : blocks(text)[message.block];
      if (wanted === undefined) return;
      if (message.kind === 'copy') {
        await vscode.env.clipboard.writeText(plain(wanted));
        vscode.window.setStatusBarMessage('$(check) Copied', 2000);
      } else await insertAtCursor(plain(wanted));
    }
  }

  private drawSoon(index: number, turn: Turn): void {
    this.drawing ??= setTimeout(() => {
      this.drawing = undefined;
      if (turn.state !== 'busy') return;
      turn.html = render(this.texts[index] ?? '');
      this.send({ kind: 'text', index, html: turn.html });
    }, FRAME);
  }

  private sendAll(): void {
    this.send({ kind: 'turns', turns: this.turns });
  }

  private send(message: ToPage): void {
    void this.panel?.webview.postMessage(message);
  }

  /** Scripts and styles are the extension's own two files; nothing else loads or runs. */
  private page(webview: vscode.Webview): string {
    const at = (...path: string[]): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.extension, ...path)).toString();
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${at('media', 'page.css')}">
<title>aircher</title>
</head>
<body>
<main id="turns" aria-live="polite"></main>
<form id="form">
<textarea id="input" rows="2" placeholder="Ask on" aria-label="Ask on"></textarea>
<button id="send" type="submit">Ask</button>
</form>
<script nonce="${nonce}" src="${at('dist', 'page.js')}"></script>
</body>
</html>`;
  }
}

/** Under an answer: who wrote it, what it cost, what is missing, what the daemon wants known. */
export function notes({ answer, leftOut }: Reply): string[] {
  const where = answer.local ? ' · on this machine' : '';
  const lines = [`${answer.provider}/${answer.model}${where} · ${answer.cost.text} · today ${answer.today.text}`];
  if (answer.finish !== 'stop') lines.push(`The answer ended early (${answer.finish}).`);
  for (const { path, why } of leftOut ?? []) lines.push(`Left out: ${path} (${why})`);
  return [...lines, ...(answer.notices ?? [])].map(plain);
}
