import { frameAt, momentOf } from "@/lib/timecode";
import { FrameClock } from "@/pages/takes/frameClock";
import type { Screen } from "@/pages/takes/playback";

/** One shot of the film: a clip, and how many frames of the film it fills. */
export interface Part {
  url: string;
  frames: number;
}

/** What a film needs of a `<video>`. */
export interface FilmScreen extends Screen {
  src: string;
  readonly readyState: number;
  readonly seeking: boolean;
  addEventListener: (type: string, listener: () => void, options?: { signal?: AbortSignal }) => void;
}

const HAS_A_PICTURE = 2; // HTMLMediaElement.HAVE_CURRENT_DATA

const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, { frames }) => sum + frames, 0);

/**
 * A film from clips, counted in frames, on two screens: while one plays, the other holds the next clip with its first
 * picture decoded. They change places only when that picture is there, so that nothing is ever seen between two shots.
 */
export class FilmPlayback extends FrameClock {
  private readonly starts: readonly number[];
  private screens: (FilmScreen | null)[] = [null, null];
  private holds: (number | null)[] = [null, null];
  private waiting = new AbortController();
  private seen = 0;

  constructor(
    fps: number,
    readonly parts: readonly Part[],
    /** The part to begin with. */
    first = 0,
  ) {
    super(fps, sumOf(parts), false);
    let start = 0;
    this.starts = parts.map(({ frames }) => (start += frames) - frames);
    this.now = this.startOf(first);
  }

  /** Which of the two screens is seen. */
  get front(): number {
    return this.seen;
  }

  /** The part that the clock's frame is in. */
  get place(): number {
    return Math.max(0, this.starts.findLastIndex((start) => start <= this.now));
  }

  /** The part that a screen holds; null: none yet. */
  heldBy(slot: number): number | null {
    return this.holds[slot] ?? null;
  }

  startOf(place: number): number {
    return this.starts[place] ?? 0;
  }

  attach(slot: number, screen: FilmScreen): () => void {
    this.screens[slot] = screen;
    this.holds[slot] = null;
    if (slot === this.seen) this.bring();
    return () => {
      this.screens[slot] = null;
      this.holds[slot] = null;
    };
  }

  /** Play forwards from the beginning of a part. */
  readonly playFrom = (place: number): void => {
    this.show(this.startOf(place));
    this.run(1);
  };

  protected follow(): void {
    const place = this.place;
    const screen = this.screens[this.seen];
    const part = this.parts[place];
    if (!screen || !part || this.holds[this.seen] !== place) return; // its picture is still on its way
    if (!screen.ended) return this.tell(this.startOf(place) + frameAt(screen.currentTime, this.fps, part.frames));
    if (place < this.parts.length - 1) return this.show(this.startOf(place + 1));
    if (this.looping) return this.show(0);
    this.run(0);
    this.show(this.frames - 1);
  }

  /** Let the screen that is seen run or stand, as the pace says. */
  protected move(): void {
    const screen = this.screens[this.seen];
    if (!screen || this.holds[this.seen] !== this.place) return;
    if (this.pace > 0) {
      screen.playbackRate = this.pace;
      screen.play().catch(() => undefined); // the browser forbids it, or another clip was asked for meanwhile
    } else if (!screen.paused) screen.pause();
  }

  protected show(frame: number): void {
    this.tell(Math.min(this.frames - 1, Math.max(0, frame)));
    this.bring();
  }

  /** Put the clock's frame on a screen: on the one that holds its clip already, if either does. */
  private bring(): void {
    this.waiting.abort();
    this.waiting = new AbortController();
    const place = this.place;
    const slot = this.holds.includes(place) ? this.holds.indexOf(place) : this.holds[this.seen] === null ? this.seen : 1 - this.seen;
    const screen = this.screens[slot];
    if (!screen) return;
    this.load(slot, place);
    const moment = momentOf(this.now - this.startOf(place), this.fps);
    if (Math.abs(screen.currentTime - moment) > 0.6 / this.fps) screen.currentTime = moment;
    const turn = () => {
      if (screen.seeking || screen.readyState < HAS_A_PICTURE) return;
      this.waiting.abort();
      this.turnTo(slot);
    };
    for (const type of ["seeked", "loadeddata", "canplay"]) screen.addEventListener(type, turn, { signal: this.waiting.signal });
    turn();
  }

  private turnTo(slot: number): void {
    const left = this.screens[1 - slot];
    this.seen = slot;
    this.move();
    if (left && !left.paused) left.pause();
    this.load(1 - slot, (this.holds[slot]! + 1) % this.parts.length);
    this.announce();
  }

  private load(slot: number, place: number): void {
    const [screen, part] = [this.screens[slot], this.parts[place]];
    if (!screen || !part || this.holds[slot] === place) return;
    this.holds[slot] = place;
    screen.src = part.url;
  }
}
