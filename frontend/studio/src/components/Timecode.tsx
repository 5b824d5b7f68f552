import { timecode } from "@/lib/timecode";

/** A frame's place as HH:MM:SS:FF, in figures that do not dance. */
export function Timecode({ frame, fps }: { frame: number; fps: number }) {
  return <span className="mono">{timecode(frame, fps)}</span>;
}
