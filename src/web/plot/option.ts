import type { EChartsCoreOption } from 'echarts/core';
import { brief } from '../layout/markup.ts';
import { type Line, type Mark, marksWithin, type Panel, type PlotData } from './data.ts';

/** How a plot is drawn: for a bright or a dark page, wide or as wide as a phone. */
export interface PlotStyle {
  readonly theme: 'light' | 'dark';
  readonly size: 'wide' | 'narrow';
}

export const SIZES = {
  wide: { width: 960, height: 500 },
  narrow: { width: 340, height: 460 },
} as const satisfies Record<PlotStyle['size'], { width: number; height: number }>;

/** The same colours as the page's style. */
const COLOURS = {
  light: {
    ground: '#ffffff',
    ink: '#1c1d21',
    quiet: '#5b5e66',
    line: '#e4e2dc',
    good: '#1b6b3a',
    bad: '#b3261e',
    warn: '#855200',
    info: '#2a5599',
  },
  dark: {
    ground: '#1a1c20',
    ink: '#e8e8ea',
    quiet: '#a3a6ae',
    line: '#2e3138',
    good: '#86d6a0',
    bad: '#ff9d94',
    warn: '#f2c46d',
    info: '#a0c3ff',
  },
} as const;

/** From top to bottom, in pixels: room for the labels of the marks, then panel by panel. */
const LABELS_HEIGHT = 44;
const TITLE_HEIGHT = 30;
const AXIS_HEIGHT = 30;
const FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

type Colour = Exclude<keyof (typeof COLOURS)['light'], 'ground' | 'ink' | 'quiet' | 'line'>;

interface Drawn {
  readonly panel: Panel;
  readonly colours: readonly Colour[];
  readonly look: 'steps' | 'bars' | 'curve';
}

/** The plot as the charting library takes it. Pure. */
export function plotOption(data: PlotData, { theme, size }: PlotStyle): EChartsCoreOption {
  const colours = COLOURS[theme];
  const { height } = SIZES[size];
  const panels = panelsOf(data);
  const [left, right] = size === 'wide' ? [52, 16] : [40, 12];
  const each = (height - LABELS_HEIGHT - AXIS_HEIGHT) / panels.length - TITLE_HEIGHT;
  const topOf = (index: number) => LABELS_HEIGHT + TITLE_HEIGHT + index * (each + TITLE_HEIGHT);
  const marks = marksWithin(data);
  const text = { fontFamily: FONT, fontSize: 12, color: colours.quiet };
  const min = Math.min(data.from, ...marks.map(({ at }) => at));
  const max = Math.max(data.to, ...marks.map(({ at }) => at));
  return {
    animation: false,
    backgroundColor: colours.ground,
    useUTC: true,
    textStyle: text,
    title: panels.map(({ panel }, index) => ({
      text: brief(size === 'wide' && panel.place !== undefined ? `${panel.title}: ${panel.place}` : panel.title, 110),
      left: left - 4,
      top: topOf(index) - 24,
      padding: 0,
      textStyle: { ...text, fontWeight: 600, color: colours.ink, fontSize: 13 },
    })),
    grid: panels.map((_, index) => ({ left, right, top: topOf(index), height: each - 10 })),
    xAxis: panels.map((_, index) => ({
      type: 'time',
      gridIndex: index,
      min,
      max,
      // Otherwise the axis of the bars makes room for half a bar at its ends, and is not the one of the others any more.
      containShape: false,
      splitNumber: size === 'wide' ? 8 : 4,
      axisLine: { lineStyle: { color: colours.line }, onZero: false },
      axisTick: { show: false },
      axisLabel: {
        ...text,
        show: index === panels.length - 1,
        formatter: '{HH}:{mm}',
        hideOverlap: true,
      },
      splitLine: { show: false },
    })),
    yAxis: panels.map(({ panel }, index) => ({
      type: 'value',
      gridIndex: index,
      min: 0,
      max: ceilingOf(panel),
      splitNumber: 2,
      minInterval: 1,
      axisLabel: { ...text, formatter: short },
      splitLine: { lineStyle: { color: colours.line } },
    })),
    series: panels.flatMap((drawn, index) =>
      seriesOf(drawn, index, colours, markLine(marks, index === 0, { theme, size }, { min, max })),
    ),
  };
}

function panelsOf({ hosts, failures, backendTime }: PlotData): readonly Drawn[] {
  const drawn: (Drawn | undefined)[] = [
    hosts && { panel: hosts, colours: ['good', 'bad'], look: 'steps' },
    failures && { panel: failures, colours: ['bad'], look: 'bars' },
    backendTime && { panel: backendTime, colours: ['info'], look: 'curve' },
  ];
  return drawn.filter((each) => each !== undefined);
}

/** A panel of zeros still needs a height. */
function ceilingOf({ lines }: Panel): number | undefined {
  const most = lines.flatMap(({ points }) => points).reduce((known, [, value]) => Math.max(known, value), 0);
  return most < 1 ? 1 : undefined;
}

function seriesOf(
  { panel, colours: names, look }: Drawn,
  index: number,
  colours: (typeof COLOURS)['light' | 'dark'],
  marks: object,
): readonly object[] {
  return panel.lines.map((line, at) => {
    const colour = colours[lineColour(line, names, at)];
    const shared = {
      name: line.name,
      xAxisIndex: index,
      yAxisIndex: index,
      silent: true,
      data: look === 'bars' ? line.points : withGaps(line),
      ...(at === 0 ? { markLine: marks } : {}),
    };
    if (look === 'bars') return { ...shared, type: 'bar', itemStyle: { color: colour }, barMaxWidth: 9 };
    return {
      ...shared,
      type: 'line',
      showSymbol: line.points.length < 3,
      symbolSize: 5,
      ...(look === 'steps' ? { step: 'end' } : {}),
      itemStyle: { color: colour },
      lineStyle: { color: colour, width: 2, ...(line.name === 'unhealthy' ? { type: 'dashed' } : {}) },
      ...(look === 'steps' && line.name === 'healthy' ? { areaStyle: { color: colour, opacity: 0.1 } } : {}),
    };
  });
}

function lineColour({ name }: Line, names: readonly Colour[], at: number): Colour {
  if (name === 'unhealthy') return 'bad';
  return names[at] ?? 'info';
}

/** A minute is missing where two points are farther apart than this; the line then breaks off. In milliseconds. */
const GAP_MS = 5.5 * 60_000;

function withGaps({ points }: Line): readonly (readonly [number, number | null])[] {
  return points.flatMap((point, index): readonly (readonly [number, number | null])[] => {
    const next = points[index + 1];
    return next !== undefined && next[0] - point[0] > GAP_MS ? [point, [point[0] + 60_000, null]] : [point];
  });
}

const MARK_COLOURS = {
  failure: 'bad',
  alert: 'warn',
  change: 'info',
  recovery: 'good',
} as const satisfies Record<Mark['kind'], Colour>;

/** Vertical lines through every panel; only the first one is labelled. Labels that would touch stand one above the other. */
function markLine(
  marks: readonly Mark[],
  isLabelled: boolean,
  { theme, size }: PlotStyle,
  { min, max }: { readonly min: number; readonly max: number },
): object {
  const colours = COLOURS[theme];
  const near = (max - min) * (size === 'wide' ? 0.1 : 0.24);
  const rows: number[] = [];
  for (const [index, { at }] of marks.entries()) {
    const taken = marks.slice(0, index).flatMap((other, before) => (at - other.at < near ? [rows[before] ?? 0] : []));
    rows.push([0, 1, 2, 3].find((row) => !taken.includes(row)) ?? 0);
  }
  return {
    silent: true,
    symbol: 'none',
    data: marks.map(({ at, label, kind }, index) => ({
      xAxis: at,
      lineStyle: { color: colours[MARK_COLOURS[kind]], type: kind === 'failure' ? 'solid' : 'dashed', width: 1.25 },
      label: {
        show: isLabelled,
        formatter: label,
        position: 'end',
        // At the edge a label grows inwards.
        align: max - at < near / 2 ? 'right' : at - min < near / 2 ? 'left' : 'center',
        distance: [0, 8 + 15 * (rows[index] ?? 0) + TITLE_HEIGHT - 8],
        color: colours[MARK_COLOURS[kind]],
        fontFamily: FONT,
        fontSize: 12,
        fontWeight: 600,
      },
    })),
  };
}

/** `1.2k` for what would not fit beside an axis. */
function short(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toFixed(1))}M`;
  return value >= 10_000 ? `${Number((value / 1_000).toFixed(1))}k` : String(Number(value.toFixed(2)));
}
