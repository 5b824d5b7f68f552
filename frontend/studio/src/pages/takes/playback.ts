import { frameAt, momentOf } from "@/lib/timecode";

/** What playback needs of a `<video>`. */
export interface Screen {
  currentTime: number;
  playbackRate: number;
  readonly paused: boolean;
  readonly ended: boolean;
  play: () => Promise<void>;
  pause: () => void;
}

export const FASTEST = 8;

/** A clock of pictures, and what moves it: of takes of one shot, or of a film. */
export interface Transport {
  readonly fps: number;
  readonly frames: number;
  readonly frame: number;
  /** With its direction: 1 is as filmed, 0 stands still. */
  readonly speed: number;
  readonly loops: boolean;
  loop: (on: boolean) => void;
  subscribe: (listener: () => void) => () => void;
  toggle: () => void;
  stop: () => void;
  shuttle: (direction: 1 | -1) => void;
  step: (frames: number) => void;
  seek: (frame: number) => void;
  tick: (at: number) => void;
}

/**
 * One clock for one to four clips of the same shot, counted in frames. The first screen leads; the others are brought back
 * to it as soon as they are half a frame away. Backwards, which no browser plays, frames are sought one after another.
 */
export class Playback implements Transport {
  private screens: Screen[] = [];
  private listeners = new Set<() => void>();
  private now = 0;
  /** Speed with its direction: 1 is as filmed, 0 stands still. */
  private pace = 0;
  private reversed: { frame: number; at: number } | null = null;
  private looping = true;

  constructor(
    readonly fps: number,
    readonly frames: number,
  ) {}

  get frame(): number {
    return this.now;
  }

  get speed(): number {
    return this.pace;
  }

  get loops(): boolean {
    return this.looping;
  }

  /** Whether the end leads to the beginning. */
  readonly loop = (on: boolean): void => {
    this.looping = on;
    for (const listener of this.listeners) listener();
  };

  /** Show the clock's frame on this screen from now on; returns how to stop. */
  attach(screen: Screen): () => void {
    this.screens = [...this.screens, screen];
    screen.currentTime = momentOf(this.now, this.fps);
    return () => {
      this.screens = this.screens.filter((one) => one !== screen);
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly toggle = (): void => this.run(this.pace === 0 ? 1 : 0);

  readonly stop = (): void => this.run(0);

  /** Forwards (1) or backwards (-1); the same again is twice as fast. */
  readonly shuttle = (direction: 1 | -1): void => {
    const same = Math.sign(this.pace) === direction;
    this.run(direction * (same ? Math.min(FASTEST, Math.abs(this.pace) * 2) : 1));
  };

  readonly step = (frames: number): void => {
    this.run(0);
    this.show(this.now + frames);
  };

  readonly seek = (frame: number): void => {
    this.show(frame);
    if (this.pace < 0) this.reversed = { frame: this.now, at: performance.now() };
  };

  /** Called once for every picture that the browser draws. */
  readonly tick = (at: number): void => {
    if (this.pace > 0) this.follow();
    if (this.pace < 0 && this.reversed) {
      const back = Math.floor(((at - this.reversed.at) / 1000) * this.fps * -this.pace);
      this.show(this.reversed.frame - back);
      if (this.now === 0) this.run(0);
    }
  };

  private follow(): void {
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

  private run(pace: number): void {
    this.pace = pace;
    this.reversed = pace < 0 ? { frame: this.now, at: performance.now() } : null;
    if (pace > 0 && this.now >= this.frames - 1) this.show(0);
    for (const screen of this.screens) {
      if (pace > 0) {
        screen.playbackRate = pace;
        screen.play().catch(() => this.stop()); // the browser forbids it, or the clip went away
      } else if (!screen.paused) {
        screen.pause();
      }
    }
    if (pace === 0 && this.screens[0]) this.show(this.now);
    for (const listener of this.listeners) listener();
  }

  private show(frame: number): void {
    const shown = Math.min(this.frames - 1, Math.max(0, frame));
    for (const screen of this.screens) screen.currentTime = momentOf(shown, this.fps);
    this.tell(shown);
  }

  private tell(frame: number): void {
    if (frame === this.now) return;
    this.now = frame;
    for (const listener of this.listeners) listener();
  }
}
