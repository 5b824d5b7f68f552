import { mentionOf, type Character } from "@/api/cast";

import { characterOf, mentioned, typedMention } from "./mention";
import type { Entry } from "./staging";

/** What the prompt said of who is in the shot: by whom it names, and who left the stage with their name. */
export interface Followed {
  /** Named by a mention that somebody has finished typing, and not taken back since. */
  named: ReadonlySet<string>;
  left: ReadonlyMap<string, Entry>;
}

export const followedFrom = (cast: readonly Character[], text: string): Followed => ({ named: idsIn(cast, text), left: new Map() });

/**
 * Who is on stage after the prompt was changed. A mention that is taken out takes its character off the stage; one that
 * is finished puts its character there, as it stood before if it only just left. What is still being typed decides
 * nothing: on the way to `@Adam` nobody means Ada.
 */
export function follow(
  cast: readonly Character[],
  before: Followed,
  entries: readonly Entry[],
  text: string,
  caret: number | null,
  most: number,
): { entries: readonly Entry[]; followed: Followed; gone: Entry[] } {
  const seen = idsIn(cast, text);
  const finished = finishedIds(cast, text, caret);
  const gone = entries.filter(({ character_id }) => before.named.has(character_id) && !seen.has(character_id));
  const stay = entries.filter((entry) => !gone.includes(entry));
  const left = new Map([...before.left, ...gone.map((entry) => [entry.character_id, entry] as const)]);
  const come = [...finished].filter((id) => !stay.some((entry) => entry.character_id === id)).slice(0, Math.max(0, most - stay.length));
  const arrived = come.map((id): Entry => left.get(id) ?? { character_id: id, expected: "always" });
  const named = new Set([...finished, ...[...before.named].filter((id) => seen.has(id))]);
  const changed = gone.length > 0 || arrived.length > 0;
  return { entries: changed ? [...stay, ...arrived] : entries, followed: { named, left }, gone };
}

/** The prompt without the mentions of somebody who was taken off the stage. */
export function withoutMentions(text: string, name: string): string {
  const word = mentionOf(name).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const mention = new RegExp(`(?<![\\p{L}\\p{N}_])${word}(?![\\p{L}\\p{N}_-])[ \\t]?`, "giu");
  return text.replace(mention, "");
}

function idsIn(cast: readonly Character[], text: string): Set<string> {
  return new Set(mentioned(text).flatMap((name) => characterOf(cast, name)?.id ?? []));
}

function finishedIds(cast: readonly Character[], text: string, caret: number | null): Set<string> {
  const typed = caret === null ? null : typedMention(text, caret);
  return idsIn(cast, typed ? text.slice(0, typed.start) + text.slice(caret!).replace(/^[\p{L}\p{N}_-]+/u, "") : text);
}
