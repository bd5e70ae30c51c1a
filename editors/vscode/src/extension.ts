// aircher in VS Code: what a person expects here, around the daemon that does the work.
import * as vscode from 'vscode';
import { State } from 'vscode-languageclient/node';
import { Connection } from './client';
import { stopCommitMessages, writeCommitMessage } from './commit';
import { changeSetting, configureWith, openConfiguration } from './configuration';
import { DaemonMissing, findDaemon } from './find';
import { Findings } from './findings';
import { offerInstallation, outdated } from './install';
import { pickModel } from './models';
import { noteProblemsIn, show } from './problems';
import { Proposals } from './proposals';
import { ask, explain, summarize } from './reading';
import { applyFix, dismiss, review } from './review';
import { StatusBar } from './status';
import { lookAtSettings } from './trust';
import { UsageView } from './usage';
import { AnswerView } from './view';
import { document, fix, generate, refactor, tests } from './writing';

/** What other extensions and the tests may use. */
export interface Api {
  readonly connection: Connection;
  readonly view: AnswerView;
}

/** Called by VS Code once it has started, or when a command is used. */
export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel('aircher', { log: true });
  noteProblemsIn(log);
  const daemon = async (): Promise<string> => {
    const found = await findDaemon(context);
    if (found === undefined) throw new DaemonMissing();
    log.info(`aircherd is ${found.command}, from ${found.where}`);
    return found.command;
  };
  const connection = new Connection(daemon, log);
  const status = new StatusBar(connection);
  const view = new AnswerView(context.extensionUri);
  const usage = new UsageView(connection, log);
  const findings = new Findings();
  const proposals = new Proposals();
  const places = { view, proposals };
  const again = async (): Promise<void> => {
    await connection.restart();
    await status.refresh();
  };

  const commands: Record<string, (word: unknown) => unknown> = {
    commit: (word) => writeCommitMessage(connection, word),
    stop: () => stopCommitMessages(),
    review: (word) => review(connection, findings, word),
    applyFix: (word) => applyFix(connection, findings, word),
    dismiss: (word) => dismiss(connection, findings, word),
    explain: (word) => explain(connection, view, word),
    ask: (word) => ask(connection, view, word),
    summarize: (word) => summarize(connection, view, word),
    fix: (word) => fix(connection, places, word),
    document: (word) => document(connection, places, word),
    refactor: (word) => refactor(connection, places, word),
    generate: (word) => generate(connection, places, word),
    acceptEdit: () => proposals.decided(true),
    rejectEdit: () => proposals.decided(false),
    tests: () => tests(connection, places),
    usage: () => usage.show(),
    models: () => pickModel(connection),
    changeSetting: async () => changeSetting(configureWith(await daemon())),
    openConfiguration: async () => openConfiguration(configureWith(await daemon())),
    install: async () => {
      if (await offerInstallation(context, log)) await again();
    },
    trust: async () => lookAtSettings(await daemon()),
    restart: again,
    showLog: () => log.show(),
    showProblem: () => status.showProblem(),
    getStarted: async () => {
      await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'aircher.aircher#aircher.start');
      // VS Code ticks a step off when something comes to be, not when it has been so all along.
      if (connection.running) await vscode.commands.executeCommand('setContext', 'aircher.wasConnected', true);
    },
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(
      vscode.commands.registerCommand(`aircher.${name}`, async (word: unknown) => {
        try {
          await run(word);
        } catch (error) {
          void show(error);
        }
      }),
    );
  }
  context.subscriptions.push(
    log,
    connection,
    status,
    view,
    usage,
    findings,
    proposals,
    vscode.workspace.onDidGrantWorkspaceTrust(() => void again().catch(show)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('aircher.path')) void again().catch(show);
    }),
    reconnecting(connection, status),
  );
  void begin(context, status);
  return { connection, view };
}

/** The first connection; a daemon that is missing is offered once, not at every start. */
async function begin(context: vscode.ExtensionContext, status: StatusBar): Promise<void> {
  const problem = await status.refresh();
  if (problem instanceof DaemonMissing && context.globalState.get('offered') !== true) {
    await context.globalState.update('offered', true);
    void show(problem);
  }
  if (await outdated(context).catch(() => false)) {
    const update = 'Update';
    const text = 'This version of the extension brings a newer aircherd than its own environment has.';
    const picked = await vscode.window.showInformationMessage(text, update);
    if (picked === update) await vscode.commands.executeCommand('aircher.install');
  }
}

/** Connects again when the daemon was restarted: at once, then ever less often, then not at all. */
function reconnecting(connection: Connection, status: StatusBar): vscode.Disposable {
  const waits = [200, 1000, 5000, 20_000];
  let lost: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const state = connection.onState((now) => {
    if (now !== State.Stopped) return;
    lost = [...lost.filter((at) => Date.now() - at < 180_000), Date.now()];
    const wait = waits[lost.length - 1];
    if (wait === undefined) {
      status.failed(new Error('The daemon ended several times in a row. Look at its log: aircherd logs.'));
    } else timer = setTimeout(() => void status.refresh(), wait);
  });
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    state.dispose();
  });
}
