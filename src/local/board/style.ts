/** What the board adds to the style of the pages: its cards, the course of a drill, and messages as services show them. */
export const BOARD_STYLE = `
.wide { max-width: 72rem; }
.summary { max-width: 46rem; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17.5rem), 1fr)); gap: .875rem; }
.cards > li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.125rem .875rem; display: flex; flex-direction: column; gap: .25rem; }
.cards > li:hover { border-color: var(--strong-line); }
.cards h3 { margin: 0; font-size: 1rem; line-height: 1.35; text-wrap: balance; }
.cards .where { color: var(--quiet); font-size: .8125rem; margin: 0 0 .625rem; }
.cards .where .name { font-size: .8125rem; }
.cards .does { display: flex; gap: .5rem; margin-top: auto; align-items: center; }
.now { border-color: var(--focus) !important; }
.primary { background: var(--link); color: var(--card); border-color: var(--link); padding: .5rem 1.125rem; min-height: 2.5rem; font-size: .9375rem; }
.primary:hover { background: var(--link); filter: brightness(1.08); }
.primary:disabled, .button:disabled { opacity: .55; cursor: default; }
.play { display: inline-block; font-size: .8125rem; font-weight: 600; text-decoration: none; border-radius: 6px; padding: .375rem .75rem; background: var(--info-ground); color: var(--info); }
.play:hover { text-decoration: underline; }
.does form, .row form { display: inline; margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: .625rem; align-items: center; margin: 1rem 0 0; }
.course { list-style: none; display: flex; flex-wrap: wrap; gap: .375rem .25rem; margin: 1.25rem 0 0; padding: 0; font-size: .8125rem; color: var(--quiet); }
.cause-cards { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); } .cause-cards .card { margin: 0; }
.cause-cards h3 { margin-top: 0; }
.course li { display: flex; align-items: center; gap: .375rem; padding: .1875rem .625rem; border-radius: 99px; border: 1px solid var(--line); background: var(--card); }
.course .done { color: var(--good); background: var(--good-ground); border-color: transparent; }
.course .here { color: var(--info); background: var(--info-ground); border-color: transparent; font-weight: 600; }
.course .lost { color: var(--bad); background: var(--bad-ground); border-color: transparent; font-weight: 600; }
.say { min-height: 1.6em; margin: .75rem 0 0; color: var(--quiet); }
.split { display: grid; gap: 0 2.5rem; grid-template-columns: minmax(0, 1fr); }
.services { display: grid; gap: 0 1.25rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
.service h3 { margin-top: .5rem; }
.service > .message, .service .inside .message { max-height: 36rem; overflow: auto; }
@media (min-width: 64rem) { .services { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (min-width: 60rem) { .split { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } .split > * { min-width: 0; } }
.split section { margin-top: 2.25rem; }
.world { display: block; width: 100%; height: auto; margin-top: .25rem; }
.world .ok { fill: var(--strong-line); opacity: .45; } .world .failed { fill: var(--bad); }
.world line { stroke: var(--line); stroke-width: 1; } .world .mended { stroke: var(--good); stroke-width: 1.5; stroke-dasharray: 4 3; }
.world text { fill: var(--quiet); font-size: 11px; font-family: Inter, system-ui, sans-serif; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .875rem; color: var(--quiet); }
.counts b { display: block; color: var(--ink); font-size: 1.25rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.counts .bad b { color: var(--bad); } .counts .well b { color: var(--good); }
.asked { display: flex; flex-wrap: wrap; gap: .375rem; list-style: none; margin: 0; padding: 0; font-size: .8125rem; }
.asked li { border: 1px solid var(--line); border-radius: 5px; padding: .0625rem .5rem; background: var(--card); color: var(--quiet); }
.readings { list-style: none; margin: 0; padding: 0; counter-reset: reading; }
.readings > li { counter-increment: reading; display: grid; grid-template-columns: 1.75rem minmax(0, 1fr) auto; gap: .125rem .75rem; padding: .625rem 0; border-top: 1px solid var(--line); align-items: baseline; }
.readings > li::before { content: counter(reading); color: var(--quiet); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.readings > li:first-child { border-top: 0; }
.readings .what { font-weight: 600; } .readings .took { color: var(--quiet); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.readings .effect { grid-column: 2 / -1; margin: 0; font-size: .875rem; color: var(--quiet); }
.readings .effect .pill { margin-right: .25rem; }
.readings .decided { background: var(--info-ground); border-radius: 8px; margin: 0 -.75rem; padding: .625rem .75rem; border-top-color: transparent; }
.readings .decided + li { border-top-color: transparent; }
.readings .decided, .readings .decided .effect, .readings .decided .took { color: var(--ink); }
.bar { height: 6px; border-radius: 3px; width: 100%; display: block; border: 0; background: var(--idle-ground); appearance: none; -webkit-appearance: none; overflow: hidden; margin: .25rem 0 1rem; }
.bar::-webkit-progress-bar { background: var(--idle-ground); } .bar::-webkit-progress-value { background: var(--info); transition: inline-size .3s; } .bar::-moz-progress-bar { background: var(--info); }
.message { display: flex; gap: .75rem; font-size: .9375rem; line-height: 1.5; margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .875rem 1rem; }
.message .bubble { min-width: 0; flex: 1; }
.message p { margin: 0 0 .375rem; } .message .head { font-weight: 600; font-size: 1.0625rem; line-height: 1.35; }
.message .from { font-size: .8125rem; } .message .context { color: var(--quiet); font-size: .8125rem; } .message .section { margin: .5rem 0; }
.message pre { margin: .375rem 0; padding: .5rem .75rem; background: var(--code-ground); border: 1px solid var(--line); border-radius: 6px; overflow: auto; max-height: 18rem; white-space: pre-wrap; font-size: .8125rem; }
.message code { font-size: .8125rem; }
.message :not(pre) > code { background: var(--code-ground); border: 1px solid var(--line); border-radius: 4px; padding: 0 .25rem; }
.message .line { display: block; white-space: pre-line; }
.avatar { width: 2.25rem; height: 2.25rem; flex: none; border-radius: 6px; background: #3c3a36; color: #fff; font-weight: 600; display: grid; place-items: center; font-size: .875rem; }
.teams .avatar { border-radius: 50%; background: #4f52b2; }
.teams .bubble { border-left: 3px solid #7f85f5; padding-left: .875rem; }
.pagerduty { display: block; border-left: 4px solid #06ac38; }
.pagerduty dl { font-size: .875rem; margin: .5rem 0; grid-template-columns: minmax(0, 1fr); gap: .5rem; } .pagerduty dl > div { min-width: 0; }
.pagerduty dt { font-size: .8125rem; }
.adaptive button { border-color: var(--line); }
.was { font-size: .8125rem; color: var(--quiet); margin: 1rem 0 .375rem; }
.points { font-size: 2.5rem; font-weight: 600; line-height: 1; letter-spacing: -.03em; font-variant-numeric: tabular-nums; }
.evidence pre { margin: .5rem 0 0; padding: .75rem .875rem; background: var(--code-ground); border: 1px solid var(--line); border-radius: 8px; max-height: 22rem; overflow: auto; font-size: .8125rem; line-height: 1.5; white-space: pre-wrap; }
.evidence > li { margin: 0 0 1.5rem; } .evidence { list-style: none; margin: 0; padding: 0; } .evidence h3 { margin: 0 0 .25rem; }
.guess { margin-top: 1rem; } .wide-table { overflow-x: auto; } .evidence th { overflow-wrap: normal; } .evidence td { overflow-wrap: break-word; } .wide-table table { font-size: .8125rem; }
@media (min-width: 60rem) { #question { position: sticky; top: 0; padding-bottom: 1rem; background: var(--ground); } }
.guess { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); align-items: end; justify-items: start; } .guess > div { width: 100%; }
.scripted .unscripted { display: none; }
.spin { display: inline-block; width: .75em; height: .75em; border-radius: 50%; border: 2px solid var(--line); border-top-color: var(--info); margin-right: .5em; vertical-align: -.05em; }
@media (prefers-reduced-motion: no-preference) { .spin { animation: spin 1s linear infinite; } @keyframes spin { to { transform: rotate(1turn); } } }
@media (max-width: 37.5rem) { .message { padding: .75rem; } .message .avatar { display: none; } }
`;
