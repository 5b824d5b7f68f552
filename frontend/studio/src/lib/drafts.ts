import { useCallback, useState } from "react";

const PREFIX = "dramatis.draft.";

/** What is kept under this name, if anything. */
export function readDraft<T>(name: string): T | undefined {
  try {
    const kept = localStorage.getItem(PREFIX + name);
    return kept === null ? undefined : (JSON.parse(kept) as T);
  } catch {
    return undefined; // storage is forbidden, or holds what an older page wrote
  }
}

/** Keep a value under this name; undefined forgets it. */
export function writeDraft(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: the words live as long as the page
  }
}

export interface Draft<T> {
  value: T;
  /** Whether it differs from what is saved. */
  changed: boolean;
  set: (value: T) => void;
  /** It was saved (or given up): the saved value counts again. */
  drop: () => void;
}

/**
 * What somebody types, kept in this browser until it is saved: a reload, a crash or a lost connection loses nothing.
 * `name` says what it is a draft of; `saved` is what the server has.
 */
export function useDraft<T>(name: string, saved: T): Draft<T> {
  const [draft, setDraft] = useState(() => ({ name, value: readDraft<T>(name) }));
  if (draft.name !== name) setDraft({ name, value: readDraft<T>(name) }); // another thing is edited now

  const set = useCallback(
    (value: T) => {
      setDraft({ name, value });
      writeDraft(name, value);
    },
    [name],
  );
  const drop = useCallback(() => {
    setDraft({ name, value: undefined });
    writeDraft(name, undefined);
  }, [name]);

  const current = draft.name === name ? draft.value : undefined;
  const changed = current !== undefined && JSON.stringify(current) !== JSON.stringify(saved);
  return { value: current ?? saved, changed, set, drop };
}
