import { frameAt, momentOf } from "@/lib/timecode";

import { FrameClock } from "./frameClock";

/** What playback needs of a `<video>`. */
export interface Screen {
  currentTime: number;
  playbackRate: number;
  readonly paused: boolean;
  readonly ended: boolean;
  play: () => Promise<void>;
  pause: () => void;
}

/**
 * One clock for one to four clips of the same shot, counted in frames. The first screen leads; the others are brought back
 * to it as soon as they are half a frame away. Backwards, which no browser plays, frames are sought one after another.
 */
export class Playback extends FrameClock {
  private screens: Screen[] = [];

  constructor(fps: number, frames: number) {
    super(fps, frames, true);
  }

  /** Show the clock's frame on this screen from now on; returns how to stop. */
  attach(screen: Screen): () => void {
    this.screens = [...this.screens, screen];
    screen.currentTime = momentOf(this.now, this.fps);
    return () => {
      this.screens = this.screens.filter((one) => one !== screen);
    };
  }

  protected follow(): void {
    const [leader, ...others] = this.screens;
    if (!leader) return;
    if (leader.ended || frameAt(leader.currentTime, this.fps, this.frames) < this.now - this.fps / 2) return this.turn();
    this.tell(frameAt(leader.currentTime, this.fps, this.frames));
    for (const other of others) {
      if (Math.abs(other.currentTime - leader.currentTime) > 0.5 / this.fps) other.currentTime = leader.currentTime;
    }
  }

  /** The end of the clip: from the beginning again, or stand on the last frame. */
  private turn(): void {
    if (!this.looping) {
      this.run(0);
      this.show(this.frames - 1);
      return;
    }
    this.show(0);
    this.run(this.pace);
  }

  protected move(): void {
    for (const screen of this.screens) {
      if (this.pace > 0) {
        screen.playbackRate = this.pace;
        screen.play().catch(() => this.stop()); // the browser forbids it, or the clip went away
      } else if (!screen.paused) {
        screen.pause();
      }
    }
    if (this.pace === 0 && this.screens[0]) this.show(this.now);
  }

  protected show(frame: number): void {
    const shown = Math.min(this.frames - 1, Math.max(0, frame));
    for (const screen of this.screens) screen.currentTime = momentOf(shown, this.fps);
    this.tell(shown);
  }
}
