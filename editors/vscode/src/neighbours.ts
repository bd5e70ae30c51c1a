// What other extensions know of a range: the symbol around it, where what it uses is defined, where
// it is used. Only places go along; the daemon reads the lines, under the workspace's rules.
import * as vscode from 'vscode';
import { NeighbourKind, type DocumentRef, type Neighbour, type Position, type Range } from './protocol.gen';
import { asRange } from './target';

/** Milliseconds that whoever asks waits before anything is sent. */
const PATIENCE = 400;
/** Lines of the range that are looked at for names, and how much of each kind is sent. */
const LINES = 60;
const NAMES = 12;
const USES = 4;

// Words of many languages that name nothing.
const WORDS = new Set(
  ('and as assert async await break case catch class const continue def default delete do elif else ' +
    'enum except export extends false final finally fn for from func function if impl import in ' +
    'interface is lambda let local match mod module mut new nil None not null or package pass private ' +
    'protected pub public raise return self static struct super switch then this throw trait true True ' +
    'False try type typeof undefined use using val var void when where while with yield end elseif').split(' '),
);

/** The part of a command's parameters that says what it is about. */
interface About {
  readonly document?: DocumentRef | null;
  readonly range?: Range | null;
  readonly position?: Position | null;
}

/**
 * The same parameters with what stands near them. As they were when all of a file is meant, when
 * the document is not open, or when no extension knows anything of it in time.
 */
export async function withNeighbours<P extends About>(params: P): Promise<P> {
  const { document: about, range, position } = params;
  if (about == null || about.neighbours !== undefined) return params;
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === vscode.Uri.parse(about.uri).toString());
  const lines = range != null ? linesOf(range) : position != null ? { first: position.line, last: position.line } : undefined;
  if (document === undefined || lines === undefined) return params;
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  if (folder === undefined) return params;
  const near = new Near(document, folder, lines);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  await Promise.race([Promise.all([near.definitions(), near.symbols()]), late]);
  clearTimeout(timer);
  return { ...params, document: { ...about, neighbours: near.all } };
}

interface Lines {
  readonly first: number;
  readonly last: number;
}

/** What has been found so far near some lines. */
class Near {
  private around: Neighbour[] = [];
  private readonly defined: Neighbour[] = [];
  private readonly used: Neighbour[] = [];

  constructor(
    private readonly document: vscode.TextDocument,
    private readonly folder: vscode.WorkspaceFolder,
    private readonly lines: Lines,
  ) {}

  get all(): Neighbour[] {
    return [...this.around, ...this.defined, ...this.used];
  }

  async definitions(): Promise<void> {
    await Promise.all(
      names(this.document, this.lines).map(async (position) => {
        const found = await ask<(vscode.Location | vscode.LocationLink)[]>('vscode.executeDefinitionProvider', this.document.uri, position);
        for (const one of found ?? []) {
          if ('targetUri' in one) this.keep(this.defined, NAMES, NeighbourKind.Definition, one.targetUri, one.targetRange);
          else this.keep(this.defined, NAMES, NeighbourKind.Definition, one.uri, one.range);
        }
      }),
    );
  }

  /** The symbol around the lines, then where that symbol is used. */
  async symbols(): Promise<void> {
    const symbols = await ask<(vscode.DocumentSymbol | vscode.SymbolInformation)[]>('vscode.executeDocumentSymbolProvider', this.document.uri);
    const symbol = smallest(symbols ?? [], this.lines);
    if (symbol === undefined) return;
    this.around = [place(NeighbourKind.Enclosing, this.document.uri, symbol.range)];
    const name = symbol.selectionRange?.start;
    if (name === undefined) return;
    const found = await ask<vscode.Location[]>('vscode.executeReferenceProvider', this.document.uri, name);
    for (const { uri, range } of found ?? []) this.keep(this.used, USES, NeighbourKind.Reference, uri, range);
  }

  /** What lies in the lines themselves, or elsewhere, such as in a library, is no neighbour. */
  private keep(list: Neighbour[], most: number, kind: NeighbourKind, uri: vscode.Uri, range: vscode.Range): void {
    const own =
      uri.toString() === this.document.uri.toString() &&
      range.end.line >= this.lines.first &&
      range.start.line <= this.lines.last;
    if (own || list.length >= most) return;
    if (vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() !== this.folder.uri.toString()) return;
    const made = place(kind, uri, range);
    if (!list.some((one) => one.uri === made.uri && one.range.start.line === made.range.start.line)) list.push(made);
  }
}

/** What the providers of a language say; undefined when there is none or it fails. */
async function ask<R>(command: string, ...words: unknown[]): Promise<R | undefined> {
  return vscode.commands.executeCommand<R>(command, ...words).then(
    (found) => found,
    () => undefined,
  );
}

/** Whole lines need no counting of characters. */
function place(kind: NeighbourKind, uri: vscode.Uri, range: vscode.Range): Neighbour {
  return { kind, uri: uri.toString(), range: asRange(new vscode.Range(range.start.line, 0, range.end.line + 1, 0)) };
}

function linesOf({ start, end }: Range): Lines {
  return { first: start.line, last: end.character === 0 && end.line > start.line ? end.line - 1 : end.line };
}

/** Where names stand in some lines, each name once. */
function names(document: vscode.TextDocument, { first, last }: Lines): vscode.Position[] {
  const found = new Map<string, vscode.Position>();
  for (let line = first; line <= Math.min(last, first + LINES - 1, document.lineCount - 1); line += 1) {
    for (const { 0: word, index } of document.lineAt(line).text.matchAll(/[\p{L}_][\p{L}\p{N}_]+/gu)) {
      if (!found.has(word) && !WORDS.has(word)) found.set(word, new vscode.Position(line, index));
    }
  }
  return [...found.values()].slice(0, NAMES);
}

interface Symbol {
  readonly range: vscode.Range;
  /** Its name; unknown of a symbol that a provider gives without it. */
  readonly selectionRange?: vscode.Range | undefined;
}

/** The smallest symbol that holds the lines. */
function smallest(symbols: readonly (vscode.DocumentSymbol | vscode.SymbolInformation)[], lines: Lines): Symbol | undefined {
  let best: Symbol | undefined;
  for (const symbol of symbols) {
    const range = 'location' in symbol ? symbol.location.range : symbol.range;
    if (range.start.line > lines.first || range.end.line < lines.last) continue;
    const own = 'selectionRange' in symbol ? symbol.selectionRange : undefined;
    const within = ('children' in symbol ? smallest(symbol.children, lines) : undefined) ?? { range, selectionRange: own };
    if (best === undefined || size(within.range) <= size(best.range)) best = within;
  }
  return best;
}

function size(range: vscode.Range): number {
  return range.end.line - range.start.line;
}
