import { diagnosisText } from '../cli/diagnosis-text.ts';
import { newPage } from '../cli/page.ts';
import type { Screen } from '../cli/screen.ts';
import type { Rule } from '../core/rule.ts';
import { describeSignal } from '../signals/describe.ts';
import type { DrillOutcome } from './drill.ts';

export interface Drill {
  readonly name: string;
  readonly title: string;
  readonly story: string;
}

/** The whole incident for a terminal: the drill, what fired, the diagnosis, and where it was sent. Pure. */
export function incidentText(drill: Drill, outcome: DrillOutcome, rules: readonly Rule[], screen: Screen): string {
  const { incident, report, tookMs } = outcome;
  const page = newPage(screen);
  const heading = (text: string) => {
    page.gap();
    page.text(text, { styles: ['bold'] });
  };
  page.text(`Drill ${drill.name}: ${drill.title}`, { styles: ['bold', 'cyan'] });
  page.text(drill.story, { styles: ['dim'] });

  heading('What fired');
  for (const signal of incident.signals) {
    for (const line of describeSignal(signal)) page.text(line, { indent: 4, mark: '  -' });
  }
  page.text(`Incident ${incident.id}, gateway ${lastPart(incident.gatewayId)}`, { indent: 2, styles: ['dim'] });

  heading('What clients see');
  page.text(report.impact, { indent: 2 });

  heading('Diagnosis');
  const body = diagnosisText(report, rules, { screen, knownEvidence: [], change: report.change });

  const end = newPage(screen);
  const further = incident.timeline.filter(({ event }) => event === 'read-on');
  if (further.length > 0) {
    end.text('What was read on, and why', { styles: ['bold'] });
    for (const { reason } of further) end.text(reason, { indent: 4, mark: '  -' });
    end.text(`The reading ended: ${report.ended}`, { indent: 2, styles: ['dim'] });
    end.gap();
  }
  end.text('Where it was sent', { styles: ['bold'] });
  const sent = incident.timeline.filter(({ event }) => event === 'delivered' || event === 'delivery-failed');
  const held = incident.timeline.findLast(({ event }) => event === 'held');
  for (const { event, reason } of sent) end.text(reason, { indent: 4, mark: event === 'delivered' ? '  -' : '  !' });
  if (sent.length === 0) end.text(held?.reason ?? 'Nowhere yet.', { indent: 4, mark: '  -' });
  end.text(`From the alert to here: ${seconds(tookMs)} s.`, { indent: 2, styles: ['dim'] });
  return `${page.toString()}${body}\n${end.toString()}`;
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
