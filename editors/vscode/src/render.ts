// Markdown of a model as inert HTML: nothing in it loads, runs, links or asks for anything.
import MarkdownIt from 'markdown-it';

// Overrides of writing direction and invisible tag characters make text look like what it is not.
const DECEIVING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu;

const markdown = new MarkdownIt('commonmark', { html: false, linkify: false, breaks: false }).enable(['table', 'strikethrough']);

// Any other scheme (command:, vscode:, file:, data:) is left as the text it was written as.
markdown.validateLink = (url) => /^https?:\/\//i.test(url);

// A picture would be fetched from wherever the model says: it is named instead.
markdown.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index];
  const about = token?.content === '' ? 'picture' : (token?.content ?? 'picture');
  return `<span class="picture">[${escape(about)}: ${escape(String(token?.attrGet('src') ?? ''))}]</span>`;
};

// A link shows where it leads and does not lead there: words and address may differ.
markdown.renderer.rules['link_open'] = () => '<span class="link">';
markdown.renderer.rules['link_close'] = (tokens, index) => {
  let open = index - 1;
  for (let depth = 1; open >= 0; open -= 1) {
    const kind = tokens[open]?.type;
    if (kind === 'link_close') depth += 1;
    if (kind === 'link_open') depth -= 1;
    if (depth === 0) break;
  }
  const address = String(tokens[open]?.attrGet('href') ?? '');
  const words = tokens.slice(open + 1, index).map((token) => token.content).join('');
  return `</span>${words === address ? '' : ` <span class="address">(${escape(address)})</span>`}`;
};

/** HTML of `text`, safe to set as a page's content under a policy that forbids all but styles. */
export function render(text: string): string {
  return markdown.render(plain(text));
}

/** `text` without the characters that change how other text is shown. */
export function plain(text: string): string {
  return text.replace(DECEIVING, '');
}

/** `text` as HTML that shows it literally. */
export function escape(text: string): string {
  return markdown.utils.escapeHtml(text);
}
