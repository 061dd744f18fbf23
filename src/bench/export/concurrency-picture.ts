import type { ConcurrencyPoint } from '../../metrics/concurrency-series.js';

/** One panel of the picture. */
export interface PictureSubject {
  readonly title: string;
  readonly wallSeconds: number;
  readonly series: readonly ConcurrencyPoint[];
}

const WIDTH = 960;
const PANEL_HEIGHT = 150;
const MARGIN = { left: 56, right: 24, top: 34, bottom: 26 } as const;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = PANEL_HEIGHT - MARGIN.top - MARGIN.bottom;
const COLOURS = ['#b45309', '#0369a1', '#15803d', '#7c3aed'];

/**
 * Draws jobs in flight over time as SVG, one panel per subject with a common time axis.
 *
 * @param limit - Permits: the top of every panel.
 */
export function concurrencyPicture(subjects: readonly PictureSubject[], limit: number): string {
  const seconds = Math.max(0.001, ...subjects.map(({ wallSeconds }) => wallSeconds));
  const height = subjects.length * PANEL_HEIGHT;
  const panels = subjects.map((subject, index) => panel(subject, { index, limit, seconds }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

interface PanelPlace {
  readonly index: number;
  readonly limit: number;
  /** The length of the time axis. */
  readonly seconds: number;
}

function panel({ title, wallSeconds, series }: PictureSubject, { index, limit, seconds }: PanelPlace): string {
  const x = (atSeconds: number): string => (MARGIN.left + (atSeconds / seconds) * PLOT_WIDTH).toFixed(1);
  const y = (jobs: number): string =>
    (MARGIN.top + PLOT_HEIGHT - (Math.min(jobs, limit) / limit) * PLOT_HEIGHT).toFixed(1);
  const colour = COLOURS[index % COLOURS.length] ?? '#000000';
  const widthSeconds = (series[1]?.atMs ?? wallSeconds * 1000) / 1000;
  const steps = series.map(({ atMs, meanInFlight }) => {
    const from = Math.min(atMs / 1000, seconds);
    return `L${x(from)} ${y(meanInFlight)} L${x(Math.min(from + widthSeconds, seconds))} ${y(meanInFlight)}`;
  });
  const end = x(Math.min(seconds, series.length * widthSeconds));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(seconds * share)}" y="${PANEL_HEIGHT - 8}" text-anchor="middle" fill="#57534e">${(seconds * share).toFixed(0)} s</text>`,
  );
  return [
    `<g transform="translate(0 ${index * PANEL_HEIGHT})">`,
    `<text x="${MARGIN.left}" y="20" font-weight="600" fill="#1c1917">${title}: ${wallSeconds.toFixed(1)} s</text>`,
    `<line x1="${x(0)}" y1="${y(limit)}" x2="${x(seconds)}" y2="${y(limit)}" stroke="#d6d3d1" stroke-dasharray="4 4"/>`,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(seconds)}" y2="${y(0)}" stroke="#a8a29e"/>`,
    `<text x="${MARGIN.left - 8}" y="${y(limit)}" dy="4" text-anchor="end" fill="#57534e">${limit}</text>`,
    `<text x="${MARGIN.left - 8}" y="${y(0)}" dy="4" text-anchor="end" fill="#57534e">0</text>`,
    `<path d="M${x(0)} ${y(0)} ${steps.join(' ')} L${end} ${y(0)} Z" fill="${colour}" fill-opacity="0.75"/>`,
    ...ticks,
    '</g>',
  ].join('\n');
}
