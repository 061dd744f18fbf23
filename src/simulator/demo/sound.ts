import { SeededRandom } from '../world/seeded-random.js';

/** Audio in memory: one channel of signed 16-bit samples, little-endian. */
export interface Sound {
  readonly pcm: Uint8Array;
  readonly durationSeconds: number;
}

/** Samples per second of all sounds; the rate that Opus uses internally (RFC 6716, section 2). */
export const SAMPLE_RATE = 48_000;

/** A sound with the melody and the pauses of speech. */
export function speech(seed: number, durationSeconds: number): Sound {
  const random = new SeededRandom(seed);
  const base = 90 + random.next() * 120;
  let syllableEnd = 0;
  let pitch = base;
  let loud = 0;
  let phase = 0;
  return render(durationSeconds, (second) => {
    if (second >= syllableEnd) {
      syllableEnd = second + 0.08 + random.next() * 0.22;
      pitch = base * (0.85 + random.next() * 0.4);
      loud = random.chance(0.18) ? 0 : 0.3 + random.next() * 0.6;
    }
    phase += pitch / SAMPLE_RATE;
    // A few harmonics make it sound like a voice.
    const wave = [1, 0.6, 0.4, 0.25].reduce(
      (sum, gain, index) => sum + gain * Math.sin(2 * Math.PI * phase * (index + 1)),
      0,
    );
    return wave * 0.4 * loud * Math.sin(Math.PI * Math.min(1, (syllableEnd - second) * 6));
  });
}

/** Semitones above the root: a pentatonic scale, in which all notes harmonise. */
const SCALE = [0, 2, 4, 7, 9, 12, 14, 16];

/** A short tune on plucked strings. */
export function tune(seed: number, durationSeconds: number): Sound {
  const random = new SeededRandom(seed);
  const noteSeconds = 0.3;
  const notes = Array.from(
    { length: Math.ceil(durationSeconds / noteSeconds) },
    () => 220 * 2 ** (random.pick(SCALE) / 12),
  );
  return render(durationSeconds, (second) => {
    const index = Math.floor(second / noteSeconds);
    const since = second - index * noteSeconds;
    const pitch = notes[index] ?? 220;
    const bass = notes[index - (index % 4)] ?? 220;
    const pluck = Math.sin(2 * Math.PI * pitch * since) * Math.exp(-5 * since);
    return 0.5 * pluck + 0.2 * Math.sin((Math.PI * bass * second) / 2);
  });
}

/**
 * The waveform of a voice note: 100 values of 5 bits, packed from the lowest bit up
 * (https://core.telegram.org/constructor/documentAttributeAudio).
 */
export function waveformOf({ pcm }: Sound): Uint8Array {
  const barCount = 100;
  const samples = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const perBar = Math.max(1, Math.floor(pcm.length / 2 / barCount));
  const packed = new Uint8Array(Math.ceil((barCount * 5) / 8));
  for (let bar = 0; bar < barCount; bar += 1) {
    let peak = 0;
    for (let sample = bar * perBar; sample < (bar + 1) * perBar && sample * 2 + 1 < pcm.length; sample += 16) {
      peak = Math.max(peak, Math.abs(samples.getInt16(sample * 2, true)));
    }
    const value = Math.min(31, Math.round((peak / 0x7fff) * 40));
    for (let bit = 0; bit < 5; bit += 1) {
      const at = bar * 5 + bit;
      if (((value >> bit) & 1) === 1) packed[at >> 3] = (packed[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  return packed;
}

function render(durationSeconds: number, sampleAt: (second: number) => number): Sound {
  const count = Math.round(durationSeconds * SAMPLE_RATE);
  const pcm = Buffer.alloc(count * 2);
  for (let index = 0; index < count; index += 1) {
    const sample = Math.max(-1, Math.min(1, sampleAt(index / SAMPLE_RATE)));
    pcm.writeInt16LE(Math.round(sample * 0x7fff), index * 2);
  }
  return { pcm, durationSeconds };
}
