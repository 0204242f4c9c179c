import { brief, type Html, html, type Value } from '../../../web/layout/markup.ts';
import { httpUrl, list, record, text } from './fields.ts';

/** A Slack message as Slack shows it: the blocks that are in use, drawn anew; nothing of the message is taken as markup. */
export function slackMessage(body: unknown): Html {
  const { blocks, text: fallback } = record(body);
  const drawn = list(blocks, 50).map(block);
  return html`<div class="message slack" tabindex="0" role="group" aria-label="Slack message"><div class="avatar" aria-hidden="true">at</div><div class="bubble">
<p class="from"><b>appgw-triage</b> <span class="tag">app</span></p>
${drawn.length > 0 ? drawn : html`<p>${mrkdwn(text(fallback))}</p>`}
</div></div>`;
}

function block(value: unknown): Value {
  const { type, text: content, elements, alt_text: alt } = record(value);
  const words = text(record(content).text);
  switch (type) {
    case 'header':
      return html`<p class="head">${words}</p>`;
    case 'section':
      return html`<div class="section">${mrkdwn(words)}</div>`;
    case 'context':
      return html`<p class="context">${list(elements).map((element) => mrkdwn(text(record(element).text)))}</p>`;
    case 'image':
      return html`<p class="context">Picture: ${brief(text(alt), 200)}</p>`;
    case 'divider':
      return html`<hr>`;
    default:
      return undefined;
  }
}

/** Code, links, bold and italic; what else stands there is text, with Slack's three entities resolved. */
const MARKS =
  /```\n?([\s\S]*?)```|`([^`\n]+)`|<([^|>\n]+)\|([^>\n]+)>|<([^|>\n]+)>|\*([^*\n]+)\*|(?<![\w])_([^_\n]+)_(?![\w])/g;

export function mrkdwn(source: string): readonly Value[] {
  const parts: Value[] = [];
  let end = 0;
  for (const match of source.slice(0, 12_000).matchAll(MARKS)) {
    parts.push(plain(source.slice(end, match.index)), mark(match));
    end = match.index + match[0].length;
  }
  return [...parts, plain(source.slice(end, 12_000))];
}

function mark([whole, fenced, code, target, label, bare, bold, italic]: RegExpMatchArray): Value {
  if (fenced !== undefined) return html`<pre tabindex="0"><code>${unescaped(fenced)}</code></pre>`;
  if (code !== undefined) return html`<code>${unescaped(code)}</code>`;
  if (target !== undefined) return link(target, label ?? target);
  if (bare !== undefined) return link(bare, bare);
  if (bold !== undefined) return html`<b>${mrkdwn(bold)}</b>`;
  return html`<i>${mrkdwn(italic ?? whole)}</i>`;
}

function link(target: string, label: string): Value {
  const href = httpUrl(unescaped(target));
  return href === undefined
    ? unescaped(label)
    : html`<a href="${href}" target="_blank" rel="noopener noreferrer">${unescaped(label)}</a>`;
}

function plain(source: string): readonly Value[] {
  return unescaped(source)
    .split('\n')
    .map((line, index) => (index === 0 ? line : [html`<br>`, line]));
}

function unescaped(source: string): string {
  return source.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
