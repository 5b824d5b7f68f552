/** One thing that happened in the organisation. */
export interface StudioEvent {
  type: string;
  data: { take_id?: string; project_id?: string; [member: string]: unknown };
}

export const TAKE_EVENTS = [
  "take.queued",
  "take.started",
  "take.stage",
  "take.step",
  "take.preview",
  "take.note",
  "take.retrying",
  "take.preempted",
  "take.succeeded",
  "take.failed",
  "take.cancelled",
  "take.consent_blocked",
  "take.quarantined",
] as const;
const NAMES = [...TAKE_EVENTS, "board.changed", "cut.changed", "queue.changed", "queue.moved"];
const AGAIN_AFTER_MS = 2000;
const MARGIN_S = 3; // for what was being committed while the page asked
const MOST_BACK_S = 120;

export interface Listener {
  onEvent: (event: StudioEvent) => void;
  /** A stream began that may have missed something: what was fetched before it is old. */
  onFresh: () => void;
  onConnection: (connected: boolean) => void;
}

/** Whether a stream was begun since the page was loaded: what is fetched from then on is kept true by it. */
let began = false;

/** How far back a page's first stream has to look, so that nothing is missed since its first request; null: too far. */
function lookBackS(): number | null {
  const age = Math.ceil(performance.now() / 1000) + MARGIN_S;
  return began || age > MOST_BACK_S ? null : age;
}

/**
 * Listen to `/v1/events` until the returned function is called. The browser resumes a lost connection with Last-Event-ID,
 * so that nothing is lost; where it gives up (the studio answered with an error), a fresh stream is begun.
 */
export function listen(listener: Listener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  function begin(): void {
    const back = lookBackS();
    began = true;
    source = new EventSource(back === null ? "/v1/events?from=now" : `/v1/events?from=now&back=${back}`);
    source.addEventListener("open", () => listener.onConnection(true));
    if (back === null) source.addEventListener("hello", listener.onFresh);
    for (const name of NAMES) source.addEventListener(name, tell);
    source.addEventListener("error", lose);
  }

  function tell(message: MessageEvent<string>): void {
    listener.onEvent({ type: message.type, data: JSON.parse(message.data) });
  }

  function lose(): void {
    listener.onConnection(false);
    if (source?.readyState !== EventSource.CLOSED || over) return;
    timer = setTimeout(begin, AGAIN_AFTER_MS);
  }

  function close(): void {
    over = true;
    clearTimeout(timer);
    source?.close();
    listener.onConnection(true);
    closing.delete(close);
  }

  closing.add(close);
  begin();
  return close;
}

const closing = new Set<() => void>();

/** Stop every stream of this page, and wait for none: whoever is signed in here is let in nowhere any more. */
export function hangUp(): void {
  for (const close of closing) close();
}
