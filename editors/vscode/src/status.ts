// The status bar: who answers, what today has cost, and whether anything is wrong.
import * as vscode from 'vscode';
import type { Connection } from './client';
import { sentence, show } from './problems';
import type { BudgetParams, LimitLine, Status, StatusChangedParams } from './protocol.gen';

/** What the bar knows; all of it unknown until the daemon has said so. */
interface Known {
  model?: string | null;
  today?: string;
  limit?: LimitLine | undefined;
  last?: string | undefined;
  busy: boolean;
  offline: boolean;
  notices: readonly string[];
  problem?: string | undefined;
}

/** The item at the lower right. */
export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly ends: vscode.Disposable[];
  private known: Known = { busy: false, offline: false, notices: [] };

  constructor(private readonly connection: Connection) {
    this.item = vscode.window.createStatusBarItem('aircher', vscode.StatusBarAlignment.Right, 90);
    this.item.name = 'aircher';
    this.item.command = 'aircher.usage';
    this.ends = [
      connection.on('aircher/statusChanged', (params) => this.changed(params)),
      connection.on('aircher/budget', (params) => void this.budget(params)),
    ];
    this.draw();
    this.item.show();
  }

  /** Asks the daemon afresh; starts it when it does not run. What went wrong, if anything did. */
  async refresh(): Promise<unknown> {
    try {
      this.take(await this.connection.request('aircher/status', {}));
      return undefined;
    } catch (error) {
      this.failed(error);
      return error;
    }
  }

  /** Says why the daemon cannot be had, after having tried once more. */
  async showProblem(): Promise<void> {
    const problem = await this.refresh();
    if (problem !== undefined) void show(problem);
  }

  /** Says that the daemon cannot be had, and why. */
  failed(error: unknown): void {
    this.known = { ...this.known, busy: false, problem: sentence(error) };
    this.draw();
  }

  dispose(): void {
    for (const end of this.ends) end.dispose();
    this.item.dispose();
  }

  private take(status: Status): void {
    const limits = status.limits ?? [];
    this.known = {
      ...this.known,
      model: status.lastModel ?? this.known.model ?? null,
      today: status.today.text,
      limit: limits.find((line) => line.label === 'daily') ?? limits[0],
      busy: status.busy,
      offline: status.offline,
      notices: [...(status.ledger === 'ok' ? [] : [status.ledger]), ...(status.notices ?? [])],
      problem: undefined,
    };
    this.draw();
    void vscode.commands.executeCommand('setContext', 'aircher.connected', true);
  }

  private changed(params: StatusChangedParams): void {
    this.known = {
      ...this.known,
      model: params.model ?? this.known.model ?? null,
      today: params.today.text,
      last: params.last?.text,
      busy: params.busy,
      problem: undefined,
    };
    this.draw();
  }

  private async budget(params: BudgetParams): Promise<void> {
    const usage = 'Show usage';
    const picked = await vscode.window.showWarningMessage(`aircher: ${params.message}`, usage);
    if (picked === usage) await vscode.commands.executeCommand('aircher.usage');
  }

  private draw(): void {
    const { model, today, limit, busy, offline, notices, problem } = this.known;
    const icon = problem !== undefined ? '$(error)' : busy ? '$(sync~spin)' : offline ? '$(circle-slash)' : '$(sparkle)';
    const spend = limit === undefined ? today : `${today ?? ''} of ${limit.limit.text}`;
    const words = [model?.split('/').slice(1).join('/') ?? 'aircher', spend].filter(Boolean);
    this.item.text = `${icon} ${problem === undefined ? words.join(' · ') : 'aircher'}`;
    const severe = problem !== undefined || notices.length > 0;
    this.item.backgroundColor = severe
      ? new vscode.ThemeColor(`statusBarItem.${problem === undefined ? 'warning' : 'error'}Background`)
      : undefined;
    this.item.tooltip = this.tooltip();
    this.item.command = problem === undefined ? 'aircher.usage' : 'aircher.showProblem';
  }

  /** Plain text, so that nothing a daemon or a model says is ever taken for a link. */
  private tooltip(): string {
    const { model, today, limit, last, offline, notices, problem } = this.known;
    if (problem !== undefined) return `aircher cannot be used: ${problem}`;
    return [
      model == null ? 'No model has answered yet' : `Answered last: ${model}`,
      last === undefined ? '' : `The last answer cost ${last}`,
      today === undefined ? '' : `Spent today: ${today}`,
      limit === undefined ? '' : `Limit (${limit.label}): ${limit.spent.text} of ${limit.limit.text}`,
      offline ? 'Nothing leaves this machine' : '',
      ...notices,
      'Click for the whole account',
    ]
      .filter(Boolean)
      .join('\n');
  }
}
