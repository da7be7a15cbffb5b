/** The page chooses the frames that the engine chooses: by the engine's own vectors. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../app/api/client';
import { Fraction } from '../../app/preflight/fraction';
import { exact, Nothing, type Scan, wantedFrames } from '../../app/preflight/sampling';

interface Vector {
  name: string;
  time_base: string;
  timestamps: number[];
  end: number;
  video_start: string;
  cases: { recipe: Recipe; frames: [number, string[]][] }[];
}

const FILE = new URL('../../../tests/fixtures/sampling_vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Vector[] };

function scanOf(vector: Vector): Scan {
  return {
    timeBase: exact(vector.time_base),
    timestamps: vector.timestamps,
    isKeyframe: vector.timestamps.map((_, index) => index % 3 === 0),
    end: vector.end,
    videoStart: exact(vector.video_start),
  };
}

describe.each(vectors)('$name', (vector) => {
  test.each(vector.cases)('$recipe', ({ recipe, frames }) => {
    const scan = scanOf(vector);
    let chosen: [number, string[]][] = [];
    try {
      const wanted = wantedFrames(scan, recipe);
      chosen = wanted.positions.map((position, index) => [
        scan.timestamps[position] as number,
        (wanted.samples[index] ?? []).map(String),
      ]);
    } catch (error) {
      expect(error).toBeInstanceOf(Nothing);
    }
    const expected = frames.map(([timestamp, samples]) => [
      timestamp,
      samples.map((sample) => String(exact(sample))),
    ]);
    expect(chosen).toEqual(expected);
  });
});

test('a fraction is exact, and reads what a recipe may hold', () => {
  expect(String(Fraction.parse('0.07'))).toBe('7/100');
  expect(String(Fraction.parse('-1.5'))).toBe('-3/2');
  expect(Fraction.parse('1/0')).toBeNull();
  expect(Fraction.parse('1e3')).toBeNull();
  expect(Fraction.of(-7n, 2n).floor()).toBe(-4n);
  expect(Fraction.of(-7n, 2n).ceil()).toBe(-3n);
});
