import i18next from "i18next";

/** `HH:MM:SS:FF` of a frame: where it stands in a clip. Show it by `Timecode`, which says what the places mean. */
export function timecode(frame: number, fps: number): string {
  const whole = Math.max(0, Math.round(frame));
  const seconds = Math.floor(whole / fps);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, whole % fps];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** A frame's place where there is no room for a timecode, in the reader's language: `1 s 3 f`, `2 min 0 s 5 f`. */
export function shortTimecode(frame: number, fps: number): string {
  const whole = Math.max(0, Math.round(frame));
  const seconds = Math.floor(whole / fps);
  const parts = { minutes: Math.floor(seconds / 60), seconds: seconds % 60, frames: whole % fps };
  return i18next.t(parts.minutes > 0 ? "common:timecode.minutes" : "common:timecode.seconds", parts);
}

/** The frame that is on screen at a moment of a clip. A hair is added: browsers stop just before a frame's start. */
export function frameAt(seconds: number, fps: number, frames: number): number {
  return Math.min(frames - 1, Math.max(0, Math.floor(seconds * fps + 1e-3)));
}

/** A moment safely inside a frame, to seek to. */
export function momentOf(frame: number, fps: number): number {
  return (frame + 0.5) / fps;
}
