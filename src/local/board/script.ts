/**
 * The board's script: it puts new parts into the page as the server sends them, draws Adaptive Cards by Microsoft's own
 * renderer, and sends forms without leaving the page. Without it the page is the same, and is loaded anew by hand.
 */
export const BOARD_SCRIPT = `'use strict';
const live = document.querySelector('[data-events]');
const say = document.getElementById('say');

function drawCards(root) {
  if (!window.AdaptiveCards) return;
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (_text, result) => { result.didProcess = false; };
  for (const place of root.querySelectorAll('[data-card]')) {
    const source = place.querySelector('.card-json');
    if (!source) continue;
    try {
      const card = new AdaptiveCards.AdaptiveCard();
      card.hostConfig = new AdaptiveCards.HostConfig({
        fontFamily: 'inherit',
        fontSizes: { small: 13, default: 14, medium: 15, large: 18, extraLarge: 22 },
        fontWeights: { lighter: 400, default: 400, bolder: 600 },
        spacing: { small: 4, default: 8, medium: 14, large: 20, extraLarge: 28, padding: 12 },
        separator: { lineThickness: 1, lineColor: 'var(--line)' },
        containerStyles: Object.fromEntries(['default', 'emphasis', 'good', 'attention', 'warning', 'accent'].map((style) => [style, {
          backgroundColor: { good: 'var(--good-ground)', attention: 'var(--bad-ground)', warning: 'var(--warn-ground)', accent: 'var(--info-ground)', emphasis: 'var(--sunken)' }[style] || 'transparent',
          foregroundColors: Object.fromEntries(['default', 'accent', 'good', 'warning', 'attention', 'dark', 'light'].map((colour) => [colour, {
            default: { good: 'var(--good)', attention: 'var(--bad)', warning: 'var(--warn)', accent: 'var(--info)' }[colour] || 'var(--ink)',
            subtle: 'var(--quiet)' }])),
        }])),
        actions: { actionsOrientation: 'horizontal', actionAlignment: 'left', maxActions: 6, buttonSpacing: 8 },
        supportsInteractivity: true,
      });
      card.onExecuteAction = (action) => {
        if (action.url && /^https?:/.test(action.url)) window.open(action.url, '_blank', 'noopener,noreferrer');
      };
      card.parse(JSON.parse(source.textContent));
      const drawn = card.render();
      if (drawn) { drawn.removeAttribute('tabindex'); place.replaceChildren(drawn); }
    } catch {}
  }
}

function put(part) {
  const place = document.getElementById(part.id);
  if (!place) return;
  const here = document.activeElement;
  const focused = place.contains(here) ? here.id : '';
  const open = new Set([...place.querySelectorAll('details[open][id]')].map((each) => each.id));
  const chosen = place.querySelector('select')?.value;
  place.innerHTML = part.html;
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  const select = place.querySelector('select');
  if (select && chosen) select.value = chosen;
  drawCards(place);
  if (focused) {
    const again = document.getElementById(focused) || place.closest('section')?.querySelector('h2') || place;
    if (!again.matches('button, a, select, input, summary')) again.tabIndex = -1;
    again.focus({ preventScroll: true });
  }
}

drawCards(document);
document.documentElement.classList.add('scripted');

if (live) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener('parts', (event) => {
    const { parts, said } = JSON.parse(event.data);
    for (const part of parts) put(part);
    if (say && said && say.textContent !== said) say.textContent = said;
  });
  events.addEventListener('again', () => { events.close(); location.reload(); });
  events.addEventListener('error', () => {
    if (say) say.textContent = 'The board does not answer just now. Is it still running in the terminal?';
  });
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute('data-stay')) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' });
    } finally {
      if (button?.isConnected) button.disabled = false;
    }
  });
}
`;
