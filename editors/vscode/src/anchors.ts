// Ranges that stay at their code while the document around them is edited.
import * as vscode from 'vscode';
import type { Range } from './protocol.gen';

/**
 * Where `range` is after `change`; undefined when the change touched it, since what was said of
 * the code before need not hold any more.
 */
export function moved(range: Range, change: vscode.TextDocumentContentChangeEvent): Range | undefined {
  const { start, end } = change.range;
  if (before(range.end, start)) return range;
  if (!before(end, range.start)) return undefined;
  const lines = change.text.split(/\r\n|\r|\n/);
  const down = lines.length - 1 - (end.line - start.line);
  const shift = (position: Range['start']): Range['start'] => {
    if (position.line > end.line) return { ...position, line: position.line + down };
    // On the line where the change ended: what stands behind it moves along.
    const last = lines.at(-1)?.length ?? 0;
    const begin = lines.length === 1 ? start.character : 0;
    return { line: position.line + down, character: begin + last + position.character - end.character };
  };
  return { start: shift(range.start), end: shift(range.end) };
}

function before(one: Range['start'], other: Range['start']): boolean {
  return one.line < other.line || (one.line === other.line && one.character <= other.character);
}
