/** `768x432` in words that say its shape. */
export function sizeWords(size: string): string {
  return size.replace("x", " × ");
}

/** Width over height. */
export function shapeOf(size: string): number {
  const [width = 16, height = 9] = size.split("x").map(Number);
  return width / height;
}

const SHAPES: Record<string, number> = { "16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1, "2.39:1": 2.39 };

/** A model's sizes: those of the film's shape first, the largest first among equals. */
export function sortedSizes(sizes: readonly string[], aspect: string): string[] {
  const wanted = SHAPES[aspect] ?? 16 / 9;
  const away = (size: string) => (Math.abs(shapeOf(size) - wanted) < 0.05 ? 0 : 1);
  const area = (size: string) => size.split("x").map(Number).reduce((one, other) => one * other, 1);
  return sizes.toSorted((a, b) => away(a) - away(b) || area(b) - area(a));
}
