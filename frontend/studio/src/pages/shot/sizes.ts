/** A picture's shape and how fine it is, in place of pairs of pixels. */
export const ASPECTS = ["16:9", "9:16", "1:1", "4:3", "2.39:1"] as const;
export const QUALITIES = ["draft", "standard", "high", "full"] as const;
export type Aspect = (typeof ASPECTS)[number];
export type Quality = (typeof QUALITIES)[number];

const SHAPES: Record<Aspect, number> = { "16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1, "4:3": 4 / 3, "2.39:1": 2.39 };
const SAME_SHAPE = 0.05; // models round their sides to what they can compute: 832 × 480 is their 16:9
/** Pixels that a quality stands for: 640 × 360, 768 × 432, 1280 × 720 and 1920 × 1080 are one of each. */
const PIXELS: Record<Quality, number> = { draft: 640 * 360, standard: 768 * 432, high: 1280 * 720, full: 1920 * 1080 };

function sidesOf(size: string): [number, number] {
  const [width = 16, height = 9] = size.split("x").map(Number);
  return [width, height];
}

/** `768x432` in words. */
export function sizeWords(size: string): string {
  return size.replace("x", " × ");
}

/** The aspect of a size; undefined for a shape that has no name here. */
export function aspectOf(size: string): Aspect | undefined {
  const [width, height] = sidesOf(size);
  return ASPECTS.find((aspect) => Math.abs(width / height / SHAPES[aspect] - 1) <= SAME_SHAPE);
}

/** How fine a size is: the quality whose pixels are nearest, by ratio. */
export function qualityOf(size: string): Quality {
  return QUALITIES.reduce((best, one) => (awayFrom(size, one) < awayFrom(size, best) ? one : best));
}

function awayFrom(size: string, quality: Quality): number {
  const [width, height] = sidesOf(size);
  return Math.abs(Math.log((width * height) / PIXELS[quality]));
}

/** What a model offers of an aspect: the size of each quality that it can do. */
export function sizesOf(sizes: readonly string[], aspect: string): Partial<Record<Quality, string>> {
  const offered: Partial<Record<Quality, string>> = {};
  for (const size of sizes.filter((one) => aspectOf(one) === aspect)) {
    const quality = qualityOf(size);
    const rival = offered[quality];
    if (rival === undefined || awayFrom(size, quality) < awayFrom(rival, quality)) offered[quality] = size;
  }
  return offered;
}

/** The aspects that a model can do. */
export function aspectsOf(sizes: readonly string[]): Aspect[] {
  return ASPECTS.filter((aspect) => sizes.some((size) => aspectOf(size) === aspect));
}

/** The size of this aspect that is nearest to the model's usual one: what the studio takes where a shot names none. */
export function usualSize(sizes: readonly string[], aspect: string, usual: string): string | undefined {
  const area = (size: string) => sidesOf(size)[0] * sidesOf(size)[1];
  const away = (size: string) => Math.abs(area(size) - area(usual));
  return sizes.filter((size) => aspectOf(size) === aspect).toSorted((a, b) => away(a) - away(b))[0];
}

/** The size of an aspect in a quality, or in the nearest one that the model has. */
export function sizeFor(sizes: readonly string[], aspect: string, quality: Quality): string | undefined {
  const offered = Object.values(sizesOf(sizes, aspect));
  return offered.toSorted((a, b) => awayFrom(a, quality) - awayFrom(b, quality))[0];
}
