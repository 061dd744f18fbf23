import type { SeededRandom } from '../world/seeded-random.js';

/** The motif of a generated photo. */
export type SceneKind = 'harbour' | 'mountain' | 'city' | 'table' | 'garden' | 'screen' | 'sail';

export interface SceneOptions {
  readonly kind: SceneKind;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly random: SeededRandom;
}

/** Top to bottom: dawn, noon, dusk, mist, night. */
const SKIES = [
  ['#f7c59f', '#7fb7be'],
  ['#4a90d9', '#dff1ff'],
  ['#2b2d5b', '#ff8c61'],
  ['#9fb4c0', '#e6ecef'],
  ['#0b1026', '#274060'],
] as const;

/**
 * Draws a scene as an SVG. Its details depend on `random`. It contains no text, so the picture does not depend on the
 * installed fonts.
 */
export function sceneSvg({ kind, width, height, random }: SceneOptions): string {
  const [top, bottom] = random.pick(SKIES);
  const horizon = Math.round(height * (0.45 + random.next() * 0.15));
  const painter = PAINTERS[kind];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#sky)"/>`,
    ...painter({ width, height, horizon, random }),
    '</svg>',
  ].join('');
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Pixels from the top. */
  readonly horizon: number;
  readonly random: SeededRandom;
}

const PAINTERS: Readonly<Record<SceneKind, (canvas: Canvas) => string[]>> = {
  harbour: (canvas) => [sun(canvas), ...houses(canvas), ...sea(canvas), ...boats(canvas, 5)],
  sail: (canvas) => [sun(canvas), ...sea(canvas), ...boats(canvas, 1)],
  mountain: (canvas) => [sun(canvas), ridge(canvas, '#6d7f99', 0.9), ridge(canvas, '#47566d', 0.6), meadow(canvas)],
  city: (canvas) => [...skyline(canvas), ...sea(canvas)],
  table: (canvas) => tableTop(canvas),
  garden: (canvas) => [sun(canvas), meadow(canvas), ...flowers(canvas)],
  screen: (canvas) => codeOnScreen(canvas),
};

function sun({ width, horizon, random }: Canvas): string {
  const radius = Math.round(width * (0.03 + random.next() * 0.05));
  return `<circle cx="${random.int(radius, width - radius)}" cy="${random.int(radius, horizon)}" r="${radius}" fill="#fff3c4" opacity="0.9"/>`;
}

function sea({ width, height, horizon, random }: Canvas): string[] {
  const hue = random.int(190, 220);
  const parts = [
    `<rect y="${horizon}" width="${width}" height="${height - horizon}" fill="hsl(${hue},45%,${random.int(28, 42)}%)"/>`,
  ];
  for (let wave = 0; wave < 60; wave += 1) {
    const y = horizon + Math.round((height - horizon) * random.next() ** 1.5);
    const length = 20 + Math.round(((y - horizon) / height) * 260);
    const x = random.int(-40, width);
    parts.push(
      `<path d="M${x} ${y}q${length / 4} -6 ${length / 2} 0t${length / 2} 0" fill="none" stroke="hsl(${hue},50%,${random.int(45, 70)}%)" stroke-width="${1 + random.int(0, 3)}" opacity="0.7"/>`,
    );
  }
  return parts;
}

function boats({ width, height, horizon, random }: Canvas, count: number): string[] {
  return Array.from({ length: count }, () => {
    const size = (count === 1 ? 2.2 : 0.5 + random.next() * 0.8) * (height / 900);
    const x = random.int(Math.round(width * 0.15), Math.round(width * 0.75));
    const y = horizon + Math.round((height - horizon) * (0.15 + random.next() * 0.45));
    const hull = random.pick(['#b23a48', '#1d3557', '#f1faee', '#2a9d8f', '#3d405b']);
    const cloth = random.pick(['#fffdf7', '#ffe8d6', '#e63946', '#f4a261']);
    return [
      `<g transform="translate(${x} ${y}) scale(${size.toFixed(2)})">`,
      `<path d="M-70 0h140l-22 30h-96z" fill="${hull}"/><rect x="-3" y="-150" width="6" height="150" fill="#5b4636"/>`,
      `<path d="M6 -145q70 70 60 135h-60z" fill="${cloth}"/><path d="M-6 -130q-50 70 -48 118h48z" fill="${cloth}" opacity="0.85"/></g>`,
    ].join('');
  });
}

function houses({ width, horizon, random }: Canvas): string[] {
  const parts: string[] = [];
  for (let x = -10; x < width;) {
    const w = random.int(50, 110);
    const h = random.int(60, 170);
    const wall = `hsl(${random.int(0, 50)},${random.int(30, 70)}%,${random.int(50, 75)}%)`;
    parts.push(
      `<rect x="${x}" y="${horizon - h}" width="${w}" height="${h}" fill="${wall}"/>`,
      `<path d="M${x - 6} ${horizon - h}l${w / 2 + 6} -${random.int(20, 45)}l${w / 2 + 6} ${random.int(20, 45)}z" fill="#7a3b2e"/>`,
      ...[0.2, 0.6].map(
        (at) =>
          `<rect x="${x + w * at}" y="${horizon - h * 0.7}" width="${w * 0.2}" height="${h * 0.22}" fill="#fff3b0" opacity="0.8"/>`,
      ),
    );
    x += w + random.int(0, 14);
  }
  return parts;
}

function ridge({ width, height, horizon, random }: Canvas, colour: string, rise: number): string {
  const points = Array.from({ length: 9 }, (_, index) => {
    const y = horizon - Math.round(horizon * rise * random.next() * 0.8);
    return `L${Math.round((width / 8) * index)} ${y}`;
  });
  return `<path d="M0 ${height}${points.join('')}L${width} ${height}z" fill="${colour}"/>`;
}

function meadow({ width, height, horizon, random }: Canvas): string {
  const y = horizon + random.int(20, 80);
  return `<path d="M0 ${y}q${width / 4} -60 ${width / 2} 0t${width / 2} 0V${height}H0z" fill="hsl(${random.int(85, 130)},40%,38%)"/>`;
}

function flowers({ width, height, horizon, random }: Canvas): string[] {
  return Array.from({ length: 90 }, () => {
    const y = random.int(horizon + 90, height);
    const radius = 3 + ((y - horizon) / height) * 26;
    return `<circle cx="${random.int(0, width)}" cy="${y}" r="${radius.toFixed(1)}" fill="hsl(${random.int(0, 360)},75%,65%)"/>`;
  });
}

function skyline({ width, horizon, random }: Canvas): string[] {
  const parts: string[] = [];
  for (let x = 0; x < width; x += random.int(40, 90)) {
    const h = random.int(80, Math.max(120, horizon - 60));
    const w = random.int(40, 85);
    parts.push(
      `<rect x="${x}" y="${horizon - h}" width="${w}" height="${h}" fill="hsl(225,25%,${random.int(12, 30)}%)"/>`,
    );
    for (let lit = 0; lit < 14; lit += 1) {
      parts.push(
        `<rect x="${x + random.int(4, w - 8)}" y="${horizon - random.int(8, h - 4)}" width="5" height="7" fill="#ffd166" opacity="0.9"/>`,
      );
    }
  }
  return parts;
}

function tableTop({ width, height, random }: Canvas): string[] {
  const parts = [
    `<rect width="${width}" height="${height}" fill="hsl(28,${random.int(25, 45)}%,${random.int(38, 60)}%)"/>`,
  ];
  for (let grain = 0; grain < 24; grain += 1) {
    parts.push(`<rect y="${random.int(0, height)}" width="${width}" height="2" fill="#3b2a1a" opacity="0.18"/>`);
  }
  for (let plate = 0; plate < 3; plate += 1) {
    const x = Math.round((width / 3.2) * (plate + 0.6));
    const y = random.int(Math.round(height * 0.3), Math.round(height * 0.7));
    const radius = random.int(Math.round(height * 0.14), Math.round(height * 0.24));
    parts.push(
      `<circle cx="${x}" cy="${y}" r="${radius}" fill="#fbfaf6"/><circle cx="${x}" cy="${y}" r="${radius * 0.75}" fill="#ece8df"/>`,
    );
    for (let bite = 0; bite < 12; bite += 1) {
      const size = random.int(8, Math.round(radius * 0.3));
      const reach = radius * 0.5;
      parts.push(
        `<ellipse cx="${x + random.int(-reach, reach)}" cy="${y + random.int(-reach, reach)}" rx="${size}" ry="${Math.round(size * 0.7)}" fill="hsl(${random.pick([8, 25, 45, 90, 110])},65%,${random.int(35, 62)}%)"/>`,
      );
    }
  }
  return parts;
}

function codeOnScreen({ width, height, random }: Canvas): string[] {
  const parts = [`<rect width="${width}" height="${height}" fill="#1e1e2e"/>`];
  const rowHeight = Math.round(height / 30);
  for (let row = 1; row < 29; row += 1) {
    let x = 40 + random.int(0, 4) * 36;
    for (let word = random.int(0, 6); word > 0; word -= 1) {
      const w = random.int(24, 130);
      const colour = random.pick(['#89b4fa', '#a6e3a1', '#f9e2af', '#f38ba8', '#cdd6f4', '#6c7086']);
      parts.push(
        `<rect x="${x}" y="${row * rowHeight}" width="${w}" height="${Math.round(rowHeight * 0.5)}" rx="4" fill="${colour}"/>`,
      );
      x += w + 14;
    }
  }
  return parts;
}
