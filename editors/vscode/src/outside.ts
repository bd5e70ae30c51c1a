// Which programs a folder that is open could have brought along.
import { access, realpath } from 'node:fs/promises';
import * as path from 'node:path';

/**
 * Tells the programs that lie in none of the work trees that are open: what lies in one is a program
 * of whoever wrote it. An editor started from a project's terminal has folders of that project on
 * PATH, and links lead there as well, so true paths are compared.
 */
export async function outside(folders: readonly string[], home: string): Promise<(file: string) => Promise<boolean>> {
  const tops: string[] = [];
  const own = await true_(home);
  for (const folder of folders) {
    const top = await topOf(await true_(folder));
    // A home that is open, or kept in git, holds the user's own programs.
    if (!lies(own, top)) tops.push(top);
  }
  return async (file) => {
    const ways = [await true_(file), await true_(path.dirname(file))];
    return !tops.some((top) => ways.some((way) => lies(way, top)));
  };
}

/** The work tree around a folder; the folder itself when it is in none. */
async function topOf(folder: string): Promise<string> {
  for (let top = folder; ; top = path.dirname(top)) {
    const marked = await access(path.join(top, '.git')).then(
      () => true,
      () => false,
    );
    if (marked) return top;
    if (path.dirname(top) === top) return folder;
  }
}

/** A path without links; as it is where nothing is there. */
async function true_(file: string): Promise<string> {
  return realpath(file).catch(() => path.resolve(file));
}

function lies(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way === '' || (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
}
