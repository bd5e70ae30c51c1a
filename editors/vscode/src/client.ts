// The connection to the daemon: one `aircherd connect` for the whole window.
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  type ServerCapabilities,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { DeltaKind, type DeltaParams, type Notifications, type Requests } from './protocol.gen';

/** Gets the whole text so far, each time more of it arrives. */
export type Progress = (text: string) => void;

/** Methods whose text can be shown as it comes. */
type Method = keyof Requests;

/** One window's connection. It is made once; the program behind it may change. */
export class Connection implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private starting: Promise<LanguageClient> | undefined;
  private readonly streams = new Map<string, { text: string; seq: number; show: Progress }>();
  private readonly listeners = new Map<string, Set<(params: never) => void>>();
  private readonly stateChanged = new vscode.EventEmitter<State>();
  private serial = 0;

  /** Fires when the connection comes up or is lost. */
  readonly onState = this.stateChanged.event;

  constructor(
    /** Finds the program; throws, or asks the user, when there is none. */
    private readonly program: () => Promise<string>,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get running(): boolean {
    return this.client?.state === State.Running;
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
    await client?.dispose();
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

  /** Sends one request. With `show`, its text arrives there while it is written. */
  async request<M extends Method>(
    method: M,
    params: Requests[M]['params'],
    token?: vscode.CancellationToken,
    show?: Progress,
  ): Promise<Requests[M]['result']> {
    const client = await this.ready();
    const key = `vscode-${String(++this.serial)}`;
    const streamed = show === undefined ? {} : { deltaToken: key };
    if (show !== undefined) this.streams.set(key, { text: '', seq: 0, show });
    try {
      return await client.sendRequest<Requests[M]['result']>(method, { ...params, ...streamed }, token);
    } finally {
      this.streams.delete(key);
    }
  }

  private async start(): Promise<LanguageClient> {
    await this.stop();
    const command = await this.program();
    const server = { command, args: ['connect'] };
    const client = new LanguageClient('aircher', 'aircher', server, {
      documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
      outputChannel: this.log,
      initializationOptions: { keyVariables: keyVariables(), trusted: vscode.workspace.isTrusted },
      // The log of this window has them; a window that pops up has to be asked for.
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
      initializationFailedHandler: () => false,
    });
    client.registerFeature(OWN_COMMANDS);
    client.onDidChangeState((change) => this.stateChanged.fire(change.newState));
    client.onNotification('aircher/delta', (params: DeltaParams) => this.delta(params));
    for (const method of ['aircher/statusChanged', 'aircher/budget', 'aircher/workspaceChanged']) {
      client.onNotification(method, (params: unknown) => {
        for (const listener of this.listeners.get(method) ?? []) listener(params as never);
      });
    }
    this.client = client;
    await client.start();
    return client;
  }

  private delta(params: DeltaParams): void {
    const stream = this.streams.get(String(params.token));
    if (stream === undefined || params.kind === DeltaKind.Thinking) return;
    stream.text = params.kind === DeltaKind.Replace ? params.text : stream.text + params.text;
    stream.seq = params.seq;
    stream.show(stream.text);
  }
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
