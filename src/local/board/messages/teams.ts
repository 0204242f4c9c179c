import { type Html, html } from '../../../web/layout/markup.ts';
import { list, record } from './fields.ts';

/** Cards that are larger are not shown; the service takes 28 KB. */
const LARGEST_CARD = 60_000;

/**
 * A Teams message: the card as it was sent, which the browser's script hands to Microsoft's own renderer. Where no script
 * runs, the card stays what it is, JSON.
 */
export function teamsMessage(body: unknown): Html {
  const [attachment] = list(record(body).attachments);
  const card = JSON.stringify(record(attachment).content ?? {}, undefined, 1);
  if (card.length > LARGEST_CARD) return html`<p class="quiet">The card is too large to be shown.</p>`;
  return html`<div class="message teams" tabindex="0" role="group" aria-label="Teams message"><div class="avatar" aria-hidden="true">at</div><div class="bubble">
<p class="from"><b>appgw-triage</b> <span class="tag">Workflows</span></p>
<div class="adaptive" data-card><pre tabindex="0" class="card-json"><code>${card}</code></pre></div>
</div></div>`;
}
