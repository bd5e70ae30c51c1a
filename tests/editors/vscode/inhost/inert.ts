import * as assert from 'node:assert/strict';
import { blocks } from '../../../../editors/vscode/src/blocks';
import { plain, render } from '../../../../editors/vscode/src/render';
import { settings } from '../../../../editors/vscode/src/schema';
import { finding } from './finding';
import { runTests } from './mocha';

/** What an answer may hold that loads, runs, links or deceives. */
const HOSTILE = [
  '![x](https://evil.example/p.png?k=1)',
  '![x][r]\n\n[r]: https://evil.example/p.png',
  '[press](command:workbench.action.terminal.new)',
  '[press](COMMAND:a)',
  '[press](vscode://x.y/z)',
  '[press](javascript:alert(1))',
  '[press](data:text/html;base64,PHNjcmlwdD4=)',
  '[press](file:///etc/passwd)',
  '[press](https://evil.example/ "title")',
  '<https://evil.example/>',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '<a href="command:aircher.install">x</a>',
  '<style>body{display:none}</style>',
  '<iframe src="https://evil.example"></iframe>',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  '| <b>a</b> | [c](command:d) |\n|---|---|\n| ![e](http://f/g) | h |',
  '[a](https://evil.example/"onmouseover="alert(1))',
  '&lt;img src=x&gt; &#60;script&#62;',
  '[![i](https://evil.example/i.png)](https://evil.example/)',
];

export const run = (): Promise<void> =>
  runTests(() => {
    describe('rendered answers', () => {
      for (const text of HOSTILE) {
        it(`are inert: ${JSON.stringify(text)}`, () => {
          const tags = [...render(text).matchAll(/<\/?([a-zA-Z][^\s/>]*)([^>]*)>/g)];
          for (const [whole, tag, rest] of tags) {
            assert.match(tag ?? '', /^(p|h[1-6]|ul|ol|li|em|strong|s|code|pre|blockquote|hr|br|span|table|thead|tbody|tr|th|td)$/, whole);
            assert.doesNotMatch(rest ?? '', /\b(href|src|on\w+|srcset|action)\s*=/i, whole);
          }
        });
      }

      it('name what they leave out', () => {
        assert.match(render('![chart](https://a.example/b.png)'), /\[chart: https:\/\/a\.example\/b\.png\]/);
        assert.match(render('[docs](https://a.example/)'), /docs<\/span> <span class="address">\(https:\/\/a\.example\/\)/);
      });

      it('lose what turns or hides text', () => {
        assert.equal(plain('a\u202eb\u2066c\u{e0041}d\u0007e\tf\n'), 'abcde\tf\n');
      });

      it('keep Markdown', () => {
        assert.match(render('**a** `b`\n\n- c\n\n| d | e |\n|---|---|\n| f | g |'), /<strong>a<\/strong> <code>b<\/code>[^]*<li>c<\/li>[^]*<td>f<\/td>/);
      });

      it('give up their code word for word', () => {
        assert.deepEqual(blocks('x\n\n```py\na <b>\n```\n\n    c\n'), ['a <b>\n', 'c\n']);
      });
    });

    finding();

    it('every setting of the schema is offered', () => {
      const keys = settings().map((setting) => setting.key);
      for (const key of ['egress', 'costs.daily_limit', 'commit.body', 'providers.default']) assert.ok(keys.includes(key), key);
      assert.deepEqual(settings().find((setting) => setting.key === 'egress')?.choices, ['any', 'local']);
    });
  });
