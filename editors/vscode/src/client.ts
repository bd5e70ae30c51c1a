// The connection to the daemon: one `aircherd connect` for the whole window.
import { spawn, type ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type ServerCapabilities,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { DaemonBroken } from './find';
import { sentence } from './problems';
import {
  DeltaKind,
  type DeltaParams,
  type Notifications,
  type Requests,
  type WaitingParams,
} from './protocol.gen';

/** Gets the whole text so far, each time more of it arrives. */
export type Progress = (text: string) => void;

/** Methods whose text can be shown as it comes. */
type Method = keyof Requests;

/** One window's connection. It is made once; the program behind it may change. */
export class Connection implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private starting: Promise<LanguageClient> | undefined;
  private readonly streams = new Map<string, { text: string; seq: number; show: Progress }>();
  private readonly inLine = new Map<string, vscode.Disposable>();
  private readonly listeners = new Map<string, Set<(params: never) => void>>();
  private readonly stateChanged = new vscode.EventEmitter<State>();
  private serial = 0;
  private stopping = false;

  /** Where the program is that was started last. */
  command: string | undefined;
  /** `provider/model` that answers in this window; null leaves the choice to the daemon. */
  model: string | null = null;

  /** Fires when the connection comes up, and when it is lost without having been ended here. */
  readonly onState = this.stateChanged.event;

  constructor(
    /** Finds the program; throws, or asks the user, when there is none. */
    private readonly program: () => Promise<string>,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get running(): boolean {
    return this.client?.state === State.Running;
  }

  /** Whether the daemon is told what is typed, and so knows every open document by itself. */
  get follows(): boolean {
    const sync = this.client?.initializeResult?.capabilities.textDocumentSync;
    return typeof sync === 'object' ? sync.openClose === true && Boolean(sync.change) : Boolean(sync);
  }

  /** The running client; starts it when there is none. */
  async ready(): Promise<LanguageClient> {
    if (this.client !== undefined && this.running) return this.client;
    this.starting ??= this.start().finally(() => (this.starting = undefined));
    return this.starting;
  }

  /** Ends the connection and makes a new one. */
  async restart(): Promise<void> {
    await this.stop();
    await this.ready();
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.stopping = true;
    await client?.dispose().catch((error: unknown) => this.log.warn(String(error)));
    this.stopping = false;
  }

  dispose(): void {
    this.stateChanged.dispose();
    void this.stop();
  }

  /** Calls `listener` for every notification of that name, on this connection and later ones. */
  on<M extends keyof Notifications>(
    method: M,
    listener: (params: Notifications[M]) => void,
  ): vscode.Disposable {
    const all = this.listeners.get(method) ?? new Set();
    this.listeners.set(method, all);
    all.add(listener);
    return new vscode.Disposable(() => all.delete(listener));
  }

  /** Sends one request; with a token it is one that asks a model. With `show`, its text arrives there while it is written. */
  async request<M extends Method>(
    method: M,
    params: Requests[M]['params'],
    token?: vscode.CancellationToken,
    show?: Progress,
  ): Promise<Requests[M]['result']> {
    const client = await this.ready();
    const key = `vscode-${String(++this.serial)}`;
    // With a token it is one that asks a model: only these take the names.
    const asked: Record<string, unknown> = token === undefined ? { ...params } : this.named(params);
    if (show !== undefined) {
      asked['deltaToken'] = key;
      this.streams.set(key, { text: '', seq: 0, show });
    }
    try {
      // An argument that is undefined would be sent along as one of a list.
      return await (token === undefined
        ? client.sendRequest<Requests[M]['result']>(method, asked)
        : client.sendRequest<Requests[M]['result']>(method, asked, token));
    } finally {
      this.streams.delete(key);
      this.outOfLine(key);
    }
  }

  /** Parameters with who asks, for the books, and with the model chosen for this window. */
  named(params: object): Record<string, unknown> {
    const model = this.model === null ? {} : { model: this.model };
    return { ...model, ...params, client: 'vscode' };
  }

  /** Has the daemon run one of its LSP commands, which shows what it brings by itself. */
  async execute<R>(command: string, argument: unknown, token?: vscode.CancellationToken): Promise<R> {
    const client = await this.ready();
    const params = { command, arguments: [argument] };
    return token === undefined
      ? client.sendRequest<R>('workspace/executeCommand', params)
      : client.sendRequest<R>('workspace/executeCommand', params, token);
  }

  private async start(): Promise<LanguageClient> {
    await this.stop();
    const command = await this.program();
    this.command = command;
    let said = '';
    let ended: Promise<unknown> = Promise.resolve();
    const server = (): Promise<ChildProcess> => {
      const child = launch(command);
      ended = new Promise((resolve) => child.once('close', resolve));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
      return Promise.resolve(child);
    };
    const client = new QuietClient('aircher', 'aircher', server, {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: {
        keyVariables: keyVariables(),
        trusted: vscode.workspace.isTrusted,
      },
      // The status bar tells of it; the next request, or `onState`, connects again.
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
      initializationFailedHandler: () => false,
      middleware: {
        // VS Code would show it in a list with every box unticked, where pressing Apply does
        // nothing. It was picked by its name, is not saved, and one step takes it back.
        resolveCodeAction: async (item, token, next) => {
          const action = await next(item, token);
          if (action?.edit !== undefined) action.edit = bare(action.edit);
          return action;
        },
      },
    });
    client.registerFeature(OWN_COMMANDS);
    client.onDidChangeState(({ newState }) => {
      if (!this.stopping && client === this.client) this.stateChanged.fire(newState);
    });
    client.onNotification('aircher/delta', (params: DeltaParams) => this.delta(params));
    client.onNotification('aircher/waiting', (params: WaitingParams) => {
      this.outOfLine(String(params.token));
      if (params.place === 0 && params.shared !== true) return;
      const seconds = params.expectedSeconds;
      const about = seconds == null ? '' : `, about ${Math.max(1, Math.round(seconds))} s`;
      const text =
        params.place === 0
          ? `aircher shares an answer of ${params.provider}`
          : `aircher waits for ${params.provider}: place ${params.place}${about}`;
      const shown = Math.min((seconds ?? 5) * 1000, 60_000);
      const message = vscode.window.setStatusBarMessage(`$(clock) ${text}`, shown);
      this.inLine.set(String(params.token), message);
    });
    for (const method of ['aircher/statusChanged', 'aircher/budget', 'aircher/workspaceChanged']) {
      client.onNotification(method, (params: unknown) => {
        for (const listener of this.listeners.get(method) ?? []) listener(params as never);
      });
    }
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      // The program's own words say why; the client's only say that it ended, and come first.
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000))]);
      throw new DaemonBroken(said.trim() || sentence(error), error);
    }
    return client;
  }

  private outOfLine(token: string): void {
    this.inLine.get(token)?.dispose();
    this.inLine.delete(token);
  }

  private delta(params: DeltaParams): void {
    const stream = this.streams.get(String(params.token));
    if (stream === undefined || params.kind === DeltaKind.Thinking) return;
    stream.text = params.kind === DeltaKind.Replace ? params.text : stream.text + params.text;
    stream.seq = params.seq;
    stream.show(stream.text);
  }
}

/** Leaves it to us to tell of failures: once, and with what can be done. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Whether the user wants to see a proposed edit before it is made. */
export function previewing(): boolean {
  return vscode.workspace.getConfiguration('aircher').get('previewEdits', true);
}

/** The same changes of text without the wish to be confirmed. */
function bare(edit: vscode.WorkspaceEdit): vscode.WorkspaceEdit {
  const made = new vscode.WorkspaceEdit();
  for (const [uri, edits] of edit.entries()) made.set(uri, edits);
  return made;
}

/** Starts `aircherd connect`, outside of any folder whose files could change what it does. */
function launch(command: string): ChildProcess {
  const child = spawn(command, ['connect'], { cwd: homedir(), stdio: ['pipe', 'pipe', 'pipe'] });
  // Without this a program that cannot be run at all would end the extension host.
  child.on('error', () => undefined);
  return child;
}

/** Names, never values, of the variables in which this editor has keys. */
function keyVariables(): string[] {
  return Object.keys(process.env).filter((name) => /(_API_KEY|_TOKEN)$/.test(name));
}

/**
 * The daemon's commands have the names of this extension's own, which are there before it runs
 * and show their answers in a view: the client must not register them a second time.
 */
const OWN_COMMANDS: StaticFeature = {
  fillClientCapabilities: () => undefined,
  preInitialize: (capabilities: ServerCapabilities) => {
    delete capabilities.executeCommandProvider;
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};
