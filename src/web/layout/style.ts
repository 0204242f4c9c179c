/**
 * The style of every page. It is read at three in the morning: one column, few colours, and what is to be done first stands
 * first. Colours are tokens, once for light and once for dark; text on its ground has a contrast of at least 4.5 to 1.
 */
export const STYLE = `
@font-face { font-family: Inter; font-weight: 400; font-display: swap; src: url(../inter-5/400.woff2) format('woff2'); }
@font-face { font-family: Inter; font-weight: 600; font-display: swap; src: url(../inter-5/600.woff2) format('woff2'); }
:root {
  color-scheme: light dark;
  --ground: #f6f5f2; --card: #ffffff; --sunken: #f1f0ec; --ink: #1c1d21; --quiet: #5b5e66; --line: #dedcd6;
  --link: #1f55a8; --bad: #b3261e; --bad-ground: #fbe9e7; --warn: #855200; --warn-ground: #fbefd9;
  --good: #1b6b3a; --good-ground: #e2f2e7; --info: #2a5599; --info-ground: #e6eefa; --idle-ground: #ebeae6;
  --code: #1c1d21; --code-ground: #f4f3ef; --focus: #1f55a8; --strong-line: #8d8f96;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131417; --card: #1a1c20; --sunken: #16181b; --ink: #e8e8ea; --quiet: #a3a6ae; --line: #2e3138;
    --link: #8ab4f8; --bad: #ff9d94; --bad-ground: #3a1d1b; --warn: #f2c46d; --warn-ground: #352a14;
    --good: #86d6a0; --good-ground: #17301f; --info: #a0c3ff; --info-ground: #1b2a42; --idle-ground: #272a30;
    --code: #e8e8ea; --code-ground: #121316; --focus: #8ab4f8; --strong-line: #7d818b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 400 1rem/1.55 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
.wide { width: 100%; max-width: 54rem; margin: 0 auto; padding: 0 1rem; }
.top { border-bottom: 1px solid var(--line); font-size: .875rem; }
.top .wide { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; min-height: 3rem; }
.brand { font-weight: 600; letter-spacing: -.01em; }
.top nav { margin-left: auto; }
.top nav ul { display: flex; gap: 1.25rem; list-style: none; margin: 0; padding: 0; }
.top nav a { color: var(--quiet); text-decoration: none; padding: .5rem 0; display: inline-block; }
.top nav a:hover, .top nav a[aria-current] { color: var(--ink); }
.top nav a[aria-current] { font-weight: 600; }
main { padding-top: 1.75rem !important; padding-bottom: 5rem !important; outline: none; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h1 { font-size: clamp(1.5rem, 1.15rem + 1.9vw, 2.125rem); line-height: 1.2; letter-spacing: -.022em; font-weight: 600;
  margin: .75rem 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.125rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 600; margin: 0 0 .75rem; }
h3 { font-size: 1rem; line-height: 1.4; font-weight: 600; margin: 1.25rem 0 .375rem; }
p { margin: 0 0 .75rem; }
section { margin-top: 2.75rem; }
.lead, .quiet { color: var(--quiet); }
.lead { margin-top: -.5rem; font-size: .9375rem; }
.small { font-size: .875rem; }
.summary { font-size: 1.0625rem; max-width: 44rem; }
.facts { display: flex; flex-wrap: wrap; gap: .375rem .875rem; align-items: center; font-size: .875rem; color: var(--quiet);
  list-style: none; margin: 0; padding: 0; }
.name, code, blockquote p, .mono { font-family: ui-monospace, 'SF Mono', 'Cascadia Mono', 'Segoe UI Mono', 'Roboto Mono', 'DejaVu Sans Mono', monospace;
  font-size: .9em; font-feature-settings: normal; }
.name { font-variant-ligatures: none; }
.pill { display: inline-block; border-radius: 99px; padding: .0625rem .625rem; font-size: .8125rem; font-weight: 600; line-height: 1.5;
  background: var(--idle-ground); color: var(--ink); white-space: nowrap; }
.state-open, .verdict-confirmed { background: var(--bad-ground); color: var(--bad); }
.state-mitigated, .state-recovering, .verdict-likely { background: var(--warn-ground); color: var(--warn); }
.state-resolved, .good { background: var(--good-ground); color: var(--good); }
.verdict-possible { background: var(--info-ground); color: var(--info); }
.test { background: var(--info-ground); color: var(--info); }
.tag { border: 1px solid var(--line); border-radius: 4px; padding: 0 .375rem; color: var(--quiet); font-size: .8125rem; }
.severity { font-weight: 600; color: var(--ink); }
.severity-critical, .severity-error { color: var(--bad); }
.severity-warning { color: var(--warn); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.125rem 1.25rem; margin: 0 0 1rem; }
.card > :last-child, .inside > :last-child, .notice > :last-child { margin-bottom: 0; }
.notice { border-radius: 8px; padding: .75rem 1rem; margin: 0 0 1rem; background: var(--info-ground); color: var(--ink); }
.notice-warn { background: var(--warn-ground); }
.notice-good { background: var(--good-ground); }
.steps { list-style: none; counter-reset: step; margin: 0; padding: 0; }
.steps > li { counter-increment: step; position: relative; padding: 0 0 1rem 2.25rem; }
.steps > li::before { content: counter(step); position: absolute; left: 0; top: .0625rem; width: 1.5rem; height: 1.5rem; border-radius: 50%;
  background: var(--ink); color: var(--card); font-size: .8125rem; font-weight: 600; line-height: 1.5rem; text-align: center; }
.steps > li:only-child { padding-left: 0; }
.steps > li:only-child::before { display: none; }
.steps > li:last-child { padding-bottom: 0; }
.command { border: 1px solid var(--line); border-radius: 8px; background: var(--code-ground); margin: 0 0 .75rem; }
.command-head { display: flex; justify-content: space-between; align-items: center; gap: 1rem; min-height: 2.25rem; padding: .125rem .375rem .125rem .875rem;
  color: var(--quiet); font-size: .8125rem; }
.command pre { margin: 0; padding: 0 .875rem .75rem; white-space: pre-wrap; }
.command code { font-size: .84375rem; line-height: 1.5; color: var(--code); user-select: all; -webkit-user-select: all; }
.command code span { display: inline-block; max-width: 100%; }
button { font: inherit; font-size: .8125rem; font-weight: 600; color: var(--link); background: none; border: 1px solid transparent; border-radius: 6px;
  padding: .25rem .625rem; min-height: 1.75rem; cursor: pointer; }
button:hover { background: var(--idle-ground); }
.button { border-color: var(--line); background: var(--card); padding: .5rem 1rem; min-height: 2.5rem; }
.dont { list-style: none; padding: 0; margin: 0; }
.dont li { padding-left: 1.5rem; position: relative; margin-bottom: .375rem; }
.dont li::before { content: '✕'; position: absolute; left: .125rem; color: var(--bad); font-weight: 600; }
.citations { list-style: none; margin: 0; padding: 0; }
.citation { padding: 0 0 1rem; }
.citation:last-child { padding-bottom: 0; }
.citation > p { margin-bottom: .375rem; }
blockquote { margin: 0; padding: .125rem 0 .125rem .875rem; border-left: 3px solid var(--line); color: var(--quiet); }
blockquote p { margin: 0 0 .125rem; font-size: .84375rem; line-height: 1.5; }
blockquote footer { font-size: .8125rem; }
blockquote footer::before { content: 'read in '; }
figure { margin: 0; }
figure img, figure picture { display: block; width: 100%; height: auto; }
figure.card { padding: .75rem .75rem 1rem; }
figcaption { padding: 0 .5rem; color: var(--quiet); font-size: .875rem; margin-top: .625rem; }
details { border-top: 1px solid var(--line); }
details:last-of-type { border-bottom: 1px solid var(--line); }
details details:last-of-type { border-bottom: 0; }
summary { cursor: pointer; padding: .625rem 0; min-height: 2.75rem; font-weight: 400; }
summary:hover { color: var(--link); }
.inside { padding: .125rem 0 1rem; }
.card details:last-child { margin-bottom: -1.125rem; border-bottom: 0; }
.card > details { margin: 1rem -1.25rem 0; padding: 0 1.25rem; }
.card > details + details { margin-top: 0; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); vertical-align: bottom; }
td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
.number { font-variant-numeric: tabular-nums; }
.timeline { list-style: none; margin: 0; padding: 0; }
.timeline li { display: grid; grid-template-columns: 3.75rem 1fr; gap: .75rem; padding: .5rem 0; border-top: 1px solid var(--line); font-size: .9375rem; }
.timeline li:first-child { border-top: 0; }
.timeline time, .timeline .day { color: var(--quiet); font-variant-numeric: tabular-nums; font-size: .875rem; line-height: 1.65; }
.timeline .event { font-weight: 600; }
.plain { list-style: none; margin: 0; padding: 0; }
.plain > li { padding: .5rem 0; border-top: 1px solid var(--line); }
.plain > li:first-child { border-top: 0; }
.plain > li > p:last-child { margin-bottom: 0; }
dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: .375rem 1.25rem; font-size: .9375rem; }
dt { color: var(--quiet); } dd { margin: 0; }
form.filters { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; align-items: end; margin: 0 0 1.25rem; }
label { display: block; font-size: .8125rem; color: var(--quiet); margin-bottom: .25rem; }
input, select { font: inherit; font-size: .9375rem; width: 100%; min-height: 2.5rem; padding: .375rem .625rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--strong-line); border-radius: 6px; }
.rows { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
.rows > li { border-bottom: 1px solid var(--line); padding: .875rem 0; }
.rows a.title { font-weight: 600; color: var(--ink); text-decoration: none; }
.rows a.title:hover { color: var(--link); text-decoration: underline; }
.rows .facts { margin-top: .25rem; }
.pager { display: flex; justify-content: space-between; gap: 1rem; margin-top: 1.25rem; font-size: .9375rem; }
.map { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; margin-bottom: .25rem; }
.map svg { display: block; width: 100%; height: auto; }
.map .tall { display: none; }
.map text { fill: var(--ink); font-family: ui-monospace, 'SF Mono', 'Cascadia Mono', 'Segoe UI Mono', 'Roboto Mono', 'DejaVu Sans Mono', monospace; font-size: 12px; }
.map .kind { fill: var(--quiet); font-family: Inter, system-ui, sans-serif; font-size: 11px; }
.map .note { fill: var(--quiet); font-family: Inter, system-ui, sans-serif; font-size: 11px; }
.map rect { fill: var(--sunken); stroke: var(--strong-line); stroke-width: 1; }
.map .bad rect { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 1.75; }
.map .bad text, .map .bad .note { fill: var(--bad); }
.map .fine rect { stroke: var(--good); }
.map .unsure rect { stroke: var(--warn); stroke-dasharray: 3 3; }
.map path { fill: none; stroke: var(--strong-line); stroke-width: 1.25; }
.map path.bad { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 4; }
.map path.cross { stroke: var(--bad); stroke-width: 2.25; }
.map circle { fill: var(--card); stroke: var(--bad); stroke-width: 1.5; }
.empty { padding: 2.5rem 0; text-align: center; color: var(--quiet); }
@media (max-width: 47.9375rem) {
  .map .flat { display: none; } .map .tall { display: block; max-width: 22rem; margin: 0 auto; }
}
@media (max-width: 37.5rem) {
  main { padding-top: 1.25rem !important; }
  section { margin-top: 2.25rem; }
  .card { padding: 1rem; } figure.card { padding: .5rem .5rem .875rem; } .map { padding: .75rem; }
  .card > details { margin-left: -1rem; margin-right: -1rem; padding: 0 1rem; }
  .card details:last-child { margin-bottom: -1rem; }
  table, tbody, tr, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  td { border: 0; padding: .125rem 0; }
  td::before { content: attr(data-label) ' '; color: var(--quiet); font-size: .8125rem; display: inline-block; min-width: 5.5rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  .timeline li { grid-template-columns: 3rem 1fr; gap: .5rem; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media (forced-colors: active) { .pill, .card, .command { border: 1px solid; } }
@media print {
  :root { --ground: #fff; --card: #fff; --sunken: #fff; --ink: #000; --quiet: #444; --line: #bbb; --code-ground: #fff; }
  body { font-size: 10pt; } nav, button, .skip, .no-print { display: none !important; } .wide { max-width: none; padding: 0; }
  section { break-inside: auto; margin-top: 1.5rem; } h2, h3, summary { break-after: avoid; } .command, .citation, .map, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
