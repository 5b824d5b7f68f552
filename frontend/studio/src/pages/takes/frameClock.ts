const FASTEST = 8;

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

/** What all clocks of pictures do alike: counted in frames, either way, told to whoever listens. */
export abstract class FrameClock implements Transport {
  protected now = 0;
  /** Speed with its direction: 1 is as filmed, 0 stands still. */
  protected pace = 0;
  private reversed: { frame: number; at: number } | null = null;
  private listeners = new Set<() => void>();

  constructor(
    readonly fps: number,
    readonly frames: number,
    protected looping: boolean,
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
    this.announce();
  };

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

  protected run(pace: number): void {
    this.pace = pace;
    this.reversed = pace < 0 ? { frame: this.now, at: performance.now() } : null;
    if (pace > 0 && this.now >= this.frames - 1) this.show(0);
    this.move();
    this.announce();
  }

  protected tell(frame: number): void {
    if (frame === this.now) return;
    this.now = frame;
    this.announce();
  }

  protected announce(): void {
    for (const listener of this.listeners) listener();
  }

  /** While it runs forwards: tell which frame its screens have come to. */
  protected abstract follow(): void;

  /** Let the screens run or stand, as the pace says. */
  protected abstract move(): void;

  /** Stand at a frame; one beyond either end is that end. */
  protected abstract show(frame: number): void;
}
