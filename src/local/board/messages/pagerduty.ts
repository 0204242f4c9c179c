import { brief, type Html, html, type Value } from '../../../web/layout/markup.ts';
import { httpUrl, list, record, text } from './fields.ts';

/** A PagerDuty event as the incident that it makes there. */
export function pagerdutyMessage(body: unknown, action: string | undefined): Html {
  const { event_action: does, payload, links } = record(body);
  const { summary, severity, source, component, custom_details: details, timestamp } = record(payload);
  if (action === 'change') return change(text(summary), text(timestamp));
  if (does === 'resolve') {
    return html`<div class="message pagerduty" tabindex="0" role="group" aria-label="PagerDuty message"><p class="from"><b>PagerDuty</b> <span class="pill state-resolved">Resolved</span></p><p class="head">The incident is resolved.</p></div>`;
  }
  if (action === 'note')
    return html`<div class="message pagerduty" tabindex="0" role="group" aria-label="PagerDuty message"><p class="from"><b>PagerDuty</b> <span class="tag">note</span></p><p>${brief(text(record(record(body).note).content), 2_000)}</p></div>`;
  const rows = Object.entries(record(details)).slice(0, 20);
  return html`<div class="message pagerduty" tabindex="0" role="group" aria-label="PagerDuty message"><p class="from"><b>PagerDuty</b> <span class="pill state-open">Triggered</span> <span class="tag">${brief(text(severity), 20)}</span></p>
<p class="head">${brief(text(summary), 1_024)}</p>
<p class="context">${brief(text(source), 300)}${text(component) !== '' && ` · ${brief(text(component), 200)}`}</p>
<dl>${rows.map(([key, value]) => html`<div><dt>${brief(key.replaceAll('_', ' '), 80)}</dt><dd>${detail(value)}</dd></div>`)}</dl>
${list(links, 10).map(link)}</div>`;
}

function change(summary: string, at: string): Html {
  return html`<div class="message pagerduty" tabindex="0" role="group" aria-label="PagerDuty message"><p class="from"><b>PagerDuty</b> <span class="tag">recent change</span></p><p>${brief(summary, 1_024)}</p><p class="context">${brief(at, 40)}</p></div>`;
}

function detail(value: unknown): Value {
  const items = Array.isArray(value) ? value.slice(0, 20) : [value];
  return items.map(
    (item) =>
      html`<span class="line">${brief(typeof item === 'string' ? item : (JSON.stringify(item) ?? ''), 1_200)}</span>`,
  );
}

function link(value: unknown): Value {
  const { href, text: label } = record(value);
  const url = httpUrl(text(href));
  return (
    url !== undefined &&
    html`<p class="context"><a href="${url}" target="_blank" rel="noopener noreferrer">${brief(text(label), 120) || 'Link'}</a></p>`
  );
}
