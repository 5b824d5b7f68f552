import type { Shot } from "@/api/film";

export type Keyframe = NonNullable<Shot["keyframes"]>[number];
export type Moment = Keyframe["at"];

export const MOST_KEYFRAMES = 8;

/** How a clip counts its frames. */
export interface Clip {
  seconds: number;
  fps: number;
}

/** The frame of a moment, from 0. */
export function frameOf(at: Moment, { seconds, fps }: Clip): number {
  const last = Math.max(0, Math.round(seconds * fps) - 1);
  if (at === "first") return 0;
  return at === "last" ? last : Math.round(at * fps);
}

/** In the order in which the clip shows them. */
export function inOrder(keyframes: readonly Keyframe[], clip: Clip): Keyframe[] {
  return keyframes.toSorted((a, b) => frameOf(a.at, clip) - frameOf(b.at, clip));
}

/** Where the next picture goes: first, last, then amid the widest gap, on a frame. */
export function nextMoment(keyframes: readonly Keyframe[], clip: Clip): Moment {
  const frames = inOrder(keyframes, clip).map(({ at }) => frameOf(at, clip));
  if (!frames.includes(0)) return "first";
  if (!frames.includes(frameOf("last", clip))) return "last";
  return secondsOf(middleOfWidest(frames), clip);
}

/** Seconds of a frame, in as many digits as the server tells them. */
export function secondsOf(frame: number, { fps }: Clip): number {
  return Number((frame / fps).toPrecision(6));
}

function middleOfWidest(frames: readonly number[]): number {
  const gaps = frames.slice(1).map((frame, place) => ({ from: frames[place] ?? 0, width: frame - (frames[place] ?? 0) }));
  const widest = gaps.reduce((best, gap) => (gap.width > best.width ? gap : best), { from: 0, width: 0 });
  return widest.from + Math.round(widest.width / 2);
}
