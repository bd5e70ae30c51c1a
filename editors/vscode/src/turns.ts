// What the answer view shows, as it is sent from the extension to the page.

/** One question and its answer. */
export interface Turn {
  /** What was asked, plain text. */
  readonly question: string;
  /** The answer so far, inert HTML. */
  html: string;
  state: 'busy' | 'done' | 'stopped' | 'failed';
  /** Who answered, the cost, what was left out: plain text, a line each. */
  notes: readonly string[];
}

/** To the page. */
export type ToPage =
  | { readonly kind: 'turns'; readonly turns: readonly Turn[] }
  | { readonly kind: 'text'; readonly index: number; readonly html: string };

/** From the page. Text of a model is named by its place and never sent back. */
export type FromPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask'; readonly text: string }
  | { readonly kind: 'stop' }
  | { readonly kind: 'copy' | 'insert'; readonly index: number; readonly block: number | null };
