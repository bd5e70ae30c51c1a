// What was spent: the page `aircher report` writes, shown in a tab.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Connection } from './client';
import type { LimitLine, UsageReport, UsageTotal } from './protocol.gen';
import { escape } from './render';

/** One tab; asked for again it is drawn afresh. */
export class UsageView implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private readonly themes = vscode.window.onDidChangeActiveColorTheme(() => {
    if (this.panel?.visible === true) void this.show();
  });

  constructor(
    private readonly connection: Connection,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async show(): Promise<void> {
    // The daemon has to be there: the report asks it too, and starts none of its own.
    const usage = await this.connection.request('aircher/usage', { days: 30 });
    const html = (await this.report()) ?? table(usage);
    this.panel ??= this.make();
    this.panel.webview.html = themed(html);
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    this.themes.dispose();
    this.panel?.dispose();
  }

  /** No scripts, no resources: the page has its figures and its styles inside. */
  private make(): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel('aircher.usage', 'aircher: usage', vscode.ViewColumn.Active, {
      enableScripts: false,
      enableForms: false,
      enableCommandUris: false,
      localResourceRoots: [],
    });
    panel.onDidDispose(() => (this.panel = undefined));
    return panel;
  }

  /** The page with charts; undefined when the program beside the daemon cannot draw it. */
  private async report(): Promise<string | undefined> {
    const daemon = this.connection.command;
    if (daemon === undefined) return undefined;
    const aircher = path.join(path.dirname(daemon), path.basename(daemon).replace('aircherd', 'aircher'));
    const folder = await mkdtemp(path.join(tmpdir(), 'aircher-usage-'));
    const file = path.join(folder, 'usage.html');
    try {
      await new Promise<void>((resolve, reject) => {
        execFile(aircher, ['report', '--output', file], { timeout: 30_000 }, (error, _, stderr) => {
          if (error === null) resolve();
          else reject(new Error(stderr.trim() || error.message));
        });
      });
      return await readFile(file, 'utf8');
    } catch (error) {
      this.log.info(`The page with charts cannot be drawn: ${String(error)}`);
      return undefined;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** The page follows the browser's scheme; here it has to follow VS Code's theme. */
function themed(html: string): string {
  const kind = vscode.window.activeColorTheme.kind;
  const dark = kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
  return html.replaceAll('(prefers-color-scheme: dark)', dark ? 'all' : 'not all');
}

/** The same without charts, from what the daemon says. */
function table(usage: UsageReport): string {
  const total = (one: UsageTotal): string =>
    row(one.name || 'none', one.cost.text, `${String(one.requests)} requests`);
  const limit = (line: LimitLine): string =>
    row(line.label, `${line.spent.text} of ${line.limit.text}`, `until ${line.resetsAt.slice(0, 10)}`);
  const group = (title: string, rows: string[]): string =>
    rows.length === 0 ? '' : `<h2>${title}</h2><table>${rows.join('')}</table>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>td{padding:.2rem 1.5rem .2rem 0}td+td{font-variant-numeric:tabular-nums}h2{font-size:1.1em}</style>
</head><body><h1>What aircher spent</h1>
<table>${total(usage.today)}${total(usage.month)}</table>
${group('Limits', usage.limits.map(limit))}
${group('This month by task', usage.byTask.map(total))}
${group('This month by model', usage.byModel.map(total))}
</body></html>`;
}

function row(...cells: string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`;
}
