import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { PlotData } from './data.ts';
import { type PlotStyle, plotOption, SIZES } from './option.ts';

/** Loaded only when a plot is asked for: the charting library is the largest part of the app's pages. */
use([BarChart, LineChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

/** The plot as a picture of its own. Everything in it that came from outside is escaped by the library. */
export function plotSvg(data: PlotData, style: PlotStyle): string {
  const { width, height } = SIZES[style.size];
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(plotOption(data, style));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
