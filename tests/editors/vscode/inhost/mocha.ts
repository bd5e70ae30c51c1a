// Mocha inside the extension host: the tests of a bundle are registered, run and told about.
import type Mocha from 'mocha';
import { api } from './world';

declare const MOCHA: string;

/** Runs what `register` defines; rejects when a test failed or there was none. */
export async function runTests(register: () => void): Promise<void> {
  // A daemon that is still being started when a test ends would outlive it.
  await (await api()).connection.ready();
  // Left outside the bundle: it reads files of its own beside it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const Runner = require(MOCHA) as typeof Mocha;
  const mocha = new Runner({ ui: 'bdd', timeout: 150_000, reporter: class {} as never });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  register();
  return new Promise((resolve, reject) => {
    let passed = 0;
    const say = (text: string): void => console.log(`aircher-test ${text}`);
    const running = mocha.run((failures) => {
      say(`${String(passed)} passing, ${String(failures)} failing`);
      if (failures === 0 && passed > 0) resolve();
      else reject(new Error(`${String(failures)} tests failed, ${String(passed)} passed`));
    });
    running.on('pass', (test) => {
      passed += 1;
      say(`ok ${test.fullTitle()}`);
    });
    running.on('fail', (test, error: Error) => say(`FAILED ${test.fullTitle()}\n${error.stack ?? error.message}`));
  });
}
