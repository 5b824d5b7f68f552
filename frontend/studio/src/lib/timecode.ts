/** `HH:MM:SS:FF` of a frame. */
export function timecode(frame: number, fps: number): string {
  const whole = Math.max(0, Math.round(frame));
  const seconds = Math.floor(whole / fps);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, whole % fps];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** The frame that is on screen at a moment of a clip. A hair is added: browsers stop just before a frame's start. */
export function frameAt(seconds: number, fps: number, frames: number): number {
  return Math.min(frames - 1, Math.max(0, Math.floor(seconds * fps + 1e-3)));
}

/** A moment safely inside a frame, to seek to. */
export function momentOf(frame: number, fps: number): number {
  return (frame + 0.5) / fps;
}
