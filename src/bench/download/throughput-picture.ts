import type { DownloadRun } from './download-client.js';

/** One panel of the picture: one run of one client. */
export interface ThroughputPanel extends Pick<DownloadRun, 'wallSeconds' | 'series' | 'control'> {
  readonly title: string;
}

const WIDTH = 960;
const PANEL_HEIGHT = 170;
const MARGIN = { left: 64, right: 64, top: 34, bottom: 26 } as const;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = PANEL_HEIGHT - MARGIN.top - MARGIN.bottom;
const COLOURS = ['#15803d', '#b45309', '#0369a1'];
const IN_FLIGHT_COLOUR = '#7c3aed';
const LIMIT_COLOUR = '#be123c';
const BYTES_PER_MB = 1_000_000;
const DECISIONS_SHOWN = 40;

/**
 * Draws throughput over time as SVG, one panel per run with its own time axis. If a client has a record of its flow
 * control, one line shows the requests in flight, another their limit (scale on the right), and labelled marks show the
 * decisions.
 */
export function throughputPicture(panels: readonly ThroughputPanel[]): string {
  const height = Math.max(1, panels.length) * PANEL_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...panels.map(drawPanel),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(panel: ThroughputPanel, index: number): string {
  const { title, series, control } = panel;
  const seconds = Math.max(0.001, panel.wallSeconds);
  const stepSeconds = (series[1]?.atMs ?? seconds * 1000) / 1000;
  // The last interval ends with the run.
  const rates = series.map(({ atMs, bytes }) => {
    const lastsSeconds = Math.max(0.001, Math.min(stepSeconds, seconds - atMs / 1000));
    return { fromSeconds: atMs / 1000, rate: bytes / BYTES_PER_MB / Math.max(lastsSeconds, stepSeconds / 2) };
  });
  const top = Math.max(1, ...rates.map(({ rate }) => rate));
  const mean = series.reduce((sum, { bytes }) => sum + bytes, 0) / BYTES_PER_MB / seconds;
  const x = (atSeconds: number): string =>
    (MARGIN.left + (Math.min(seconds, Math.max(0, atSeconds)) / seconds) * PLOT_WIDTH).toFixed(1);
  const y = (share: number): string => (MARGIN.top + PLOT_HEIGHT - Math.min(1, share) * PLOT_HEIGHT).toFixed(1);
  const area = rates.map(
    ({ fromSeconds, rate }) => `L${x(fromSeconds)} ${y(rate / top)} L${x(fromSeconds + stepSeconds)} ${y(rate / top)}`,
  );
  const points = control.series;
  const most = Math.max(1, ...points.flatMap(({ inFlightRequests, limit }) => [inFlightRequests, limit]));
  const line = (colour: string, valueOf: (point: (typeof points)[number]) => number): string =>
    points.length === 0
      ? ''
      : `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points
          .map((point) => `${x(point.timeMs / 1000)},${y(valueOf(point) / most)}`)
          .join(' ')}"/>`;
  return [
    `<g transform="translate(0 ${index * PANEL_HEIGHT})">`,
    `<text x="${MARGIN.left}" y="20" font-weight="600" fill="#1c1917">${title}: ${seconds.toFixed(1)} s, ${mean.toFixed(1)} MB/s</text>`,
    `<path d="M${x(0)} ${y(0)} ${area.join(' ')} L${x(seconds)} ${y(0)} Z" fill="${COLOURS[index % COLOURS.length] ?? '#000000'}" fill-opacity="0.6"/>`,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(seconds)}" y2="${y(0)}" stroke="#a8a29e"/>`,
    label(MARGIN.left - 8, { y: y(1), text: `${top.toFixed(0)} MB/s`, anchor: 'end', colour: '#57534e' }),
    label(MARGIN.left - 8, { y: y(0), text: '0', anchor: 'end', colour: '#57534e' }),
    line(IN_FLIGHT_COLOUR, ({ inFlightRequests }) => inFlightRequests),
    line(LIMIT_COLOUR, ({ limit }) => limit),
    ...(points.length === 0
      ? []
      : [
          label(WIDTH - MARGIN.right + 8, { y: y(1), text: `${most} parts`, anchor: 'start', colour: LIMIT_COLOUR }),
          label(WIDTH - MARGIN.right, { y: '20', text: 'in flight', anchor: 'end', colour: IN_FLIGHT_COLOUR }),
          label(WIDTH - MARGIN.right - 56, { y: '20', text: 'limit', anchor: 'end', colour: LIMIT_COLOUR }),
        ]),
    ...control.decisions
      .slice(-DECISIONS_SHOWN)
      .map(
        ({ timeMs, text }) =>
          `<circle cx="${x(timeMs / 1000)}" cy="${y(1)}" r="3" fill="${LIMIT_COLOUR}"><title>${escapeXml(text)}</title></circle>`,
      ),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      label(Number(x(seconds * share)), {
        y: String(PANEL_HEIGHT - 8),
        text: `${(seconds * share).toFixed(1)} s`,
        anchor: 'middle',
        colour: '#57534e',
      }),
    ),
    '</g>',
  ].join('\n');
}

interface Label {
  readonly y: string;
  readonly text: string;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly colour: string;
}

function label(x: number, { y, text, anchor, colour }: Label): string {
  return `<text x="${x}" y="${y}" dy="4" text-anchor="${anchor}" fill="${colour}">${text}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
