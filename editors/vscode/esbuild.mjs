// Makes dist/extension.js, everything but VS Code's own API in one file, and dist/page.js, the
// script of the answer view, and puts the schema of the configuration beside them.
//   node esbuild.mjs [--production]
import { copyFileSync } from 'node:fs';
import { build } from 'esbuild';

const production = process.argv.includes('--production');

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  external: ['vscode'],
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Most of what it uses has both kinds of modules; of these the bundler can leave parts out.
  mainFields: ['module', 'main'],
});

await build({
  ...common,
  entryPoints: ['src/webview/page.ts'],
  outfile: 'dist/page.js',
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
});

// For extensions that check and complete TOML by a schema.
copyFileSync('../../protocol/aircher.config.schema.json', 'dist/config.schema.json');
