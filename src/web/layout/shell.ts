import { createHash } from 'node:crypto';
import { COPY_SCRIPT } from './copy-script.ts';
import { type Html, html, type Value } from './markup.ts';
import { STYLE } from './style.ts';

/** Where the app answers: `api` is the route prefix of host.json, `web` the route of the function. */
export const BASE = '/api/web';

/** What pages load beside themselves, all of it from here. The path changes with the content, so it may be kept forever. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  /** The text itself, or the name of the file that holds it. */
  readonly content: { readonly text: string } | { readonly file: AssetFile };
}

export type AssetFile = 'inter-400.woff2' | 'inter-600.woff2';

/** Changes with the fonts' version; a font is never changed under one name. */
const FONTS = 'inter-5';
const STYLE_PATH = `${BASE}/assets/${digest(STYLE)}/style.css`;
const SCRIPT_PATH = `${BASE}/assets/${digest(COPY_SCRIPT)}/copy.js`;

export const assets: readonly Asset[] = [
  { path: STYLE_PATH, type: 'text/css; charset=utf-8', content: { text: STYLE } },
  { path: SCRIPT_PATH, type: 'text/javascript; charset=utf-8', content: { text: COPY_SCRIPT } },
  { path: `${BASE}/assets/${FONTS}/400.woff2`, type: 'font/woff2', content: { file: 'inter-400.woff2' } },
  { path: `${BASE}/assets/${FONTS}/600.woff2`, type: 'font/woff2', content: { file: 'inter-600.woff2' } },
];

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

export interface Shell {
  /** Without the product's name, which is put behind it. */
  readonly title: string;
  /** Links of the top line; none on a page that was opened from a message. */
  readonly nav: readonly { readonly href: string; readonly text: string; readonly isHere?: boolean }[];
  /** Stands beside the product's name: "local drill". */
  readonly badge?: string;
  readonly body: Value;
}

/** A whole page. It needs no script: the one it has only adds buttons that copy. */
export function shell({ title, nav, badge, body }: Shell): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>${title} · appgw-triage</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_PATH}">
<script src="${SCRIPT_PATH}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><div class="wide">
<span class="brand">appgw-triage</span>${badge !== undefined && html` <span class="tag">${badge}</span>`}
${
  nav.length > 0 &&
  html`<nav aria-label="Pages"><ul>${nav.map(
    ({ href, text, isHere }) =>
      html`<li><a href="${href}"${isHere === true && html` aria-current="page"`}>${text}</a></li>`,
  )}</ul></nav>`
}
</div></header>
<main id="main" class="wide" tabindex="-1">
${body}
</main>
</body>
</html>
`;
}
