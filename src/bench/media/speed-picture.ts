/** One bar of the picture. */
export interface SpeedPictureRow {
  readonly title: string;
  readonly perSecond: number;
  /** Shown after the number. */
  readonly note: string;
}

const WIDTH = 960;
const ROW_HEIGHT = 44;
const BAR_HEIGHT = 24;
const MARGIN = { left: 120, right: 260, top: 40, bottom: 12 } as const;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const COLOURS = ['#b45309', '#0369a1', '#15803d', '#7c3aed', '#57534e'];

/** Draws the speed of each subject as SVG, one bar each on a common scale. */
export function speedPicture(rows: readonly SpeedPictureRow[], unit: string): string {
  const most = Math.max(0.001, ...rows.map(({ perSecond }) => perSecond));
  const height = MARGIN.top + rows.length * ROW_HEIGHT + MARGIN.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN.left}" y="24" font-weight="600" fill="#1c1917">${unit}</text>`,
    ...rows.flatMap(({ title, perSecond, note }, index) => {
      const top = MARGIN.top + index * ROW_HEIGHT;
      const middle = top + BAR_HEIGHT / 2;
      const length = (perSecond / most) * PLOT_WIDTH;
      return [
        `<text x="${MARGIN.left - 10}" y="${middle}" dy="4" text-anchor="end" fill="#1c1917">${title}</text>`,
        `<rect x="${MARGIN.left}" y="${top}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" fill="${COLOURS[index % COLOURS.length] ?? '#000000'}" fill-opacity="0.75"/>`,
        `<text x="${(MARGIN.left + length + 8).toFixed(1)}" y="${middle}" dy="4" fill="#57534e">${perSecond.toFixed(1)} (${note})</text>`,
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}
