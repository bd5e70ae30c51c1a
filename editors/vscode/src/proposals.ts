// A proposed edit as a difference beside the code, until the user takes it or leaves it.
import * as vscode from 'vscode';

export const SCHEME = 'aircher-proposal';

/** One document of an edit, before and after. */
export interface Side {
  readonly uri: vscode.Uri;
  readonly after: string;
}

/** Shows edits that wait for a decision; there is one at a time. */
export class Proposals implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly ends: vscode.Disposable[];
  private decide: ((take: boolean) => void) | undefined;
  private serial = 0;

  constructor() {
    this.ends = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      // Whoever closes the difference has decided.
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        if (closed.some(isOurs)) this.decided(false);
      }),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  /** Shows the difference; whether the user wants it made. A decision still open is a no. */
  async ask(title: string, sides: readonly Side[]): Promise<boolean> {
    this.decided(false);
    const number = String(++this.serial);
    const pairs = sides.map(({ uri, after }): [vscode.Uri, vscode.Uri] => {
      const shown = vscode.Uri.from({ scheme: SCHEME, path: uri.path, query: number });
      this.texts.set(shown.toString(), after);
      return [uri, shown];
    });
    const decision = new Promise<boolean>((resolve) => (this.decide = resolve));
    await this.open(title, pairs);
    // A message with buttons would stay after the decision; this one goes with it.
    const take = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: `aircher: ${title}. The check mark above the difference applies it.`,
        cancellable: true,
      },
      (_, token) => {
        token.onCancellationRequested(() => this.decided(false));
        return decision;
      },
    );
    this.texts.clear();
    await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(isOurs));
    return take;
  }

  /** From the buttons in the title of the difference. */
  decided(take: boolean): void {
    const decide = this.decide;
    this.decide = undefined;
    decide?.(take);
  }

  dispose(): void {
    this.decided(false);
    for (const end of this.ends) end.dispose();
  }

  private async open(title: string, pairs: readonly [vscode.Uri, vscode.Uri][]): Promise<void> {
    const [first] = pairs;
    if (first === undefined) return;
    if (pairs.length === 1) await vscode.commands.executeCommand('vscode.diff', ...first, title, { preview: true });
    else await vscode.commands.executeCommand('vscode.changes', title, pairs.map(([from, to]) => [from, from, to]));
  }
}

function isOurs(tab: vscode.Tab): boolean {
  if (tab.input instanceof vscode.TabInputTextDiff) return tab.input.modified.scheme === SCHEME;
  return false;
}
