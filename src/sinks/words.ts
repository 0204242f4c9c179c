import { cleanText, cleanTextWithin } from './clean.ts';

/** Texts from outside as the story has them: cleaned, bounded, and never empty where something has to stand. Pure. */

export const LENGTHS = { headline: 500, sentence: 600, quote: 400, name: 120, fact: 120, value: 160 } as const;

export function sentence(text: string): string {
  return cleanTextWithin(text, LENGTHS.sentence);
}

export function title(text: string): string {
  return cleanTextWithin(text, LENGTHS.name) || 'A cause without a name';
}

export function name(text: string): string {
  return cleanTextWithin(text, LENGTHS.name) || '(no name)';
}

/** `2026-10-01 03:12 UTC`; a text that is no time is shown as it came. */
export function time(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z$/.exec(text);
  return match ? `${match[1]} ${match[2]} UTC` : cleanText(text).slice(0, 40).toWellFormed();
}

export function value(text: string): string {
  return cleanTextWithin(text, LENGTHS.value) || '(nothing)';
}

/** ` (46 min)`; empty where the times are none, or the wrong way round. */
export function lasted(from: string, to: string): string {
  const spoken = spokenMinutes((Date.parse(to) - Date.parse(from)) / 60_000);
  return spoken === undefined ? '' : ` (${spoken})`;
}

/** `46 min`, `2 h 1 min`. */
export function spokenMinutes(minutes: number): string | undefined {
  const whole = Math.round(minutes);
  if (!Number.isFinite(whole) || whole < 0) return undefined;
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60} min`;
}
