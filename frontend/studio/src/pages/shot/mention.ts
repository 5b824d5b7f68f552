import { mentionOf, type Character } from "@/api/cast";

const TYPED = /(?:^|[^\p{L}\p{N}_@])@([\p{L}\p{N}_-]*)$/u;
const MENTION = /(?<![\p{L}\p{N}_])@([\p{L}\p{N}_-]+)/gu;

/** The mention that is being typed right before the caret. `start` is where its @ stands. */
export interface Typed {
  start: number;
  word: string;
}

export function typedMention(text: string, caret: number): Typed | null {
  const found = TYPED.exec(text.slice(0, caret));
  if (!found) return null;
  const word = found[1] ?? "";
  return { start: caret - word.length - 1, word };
}

/** Characters whose name fits what is typed; those whose name begins with it come first. */
export function fitting(cast: readonly Character[], word: string): Character[] {
  const wanted = word.toLowerCase().replaceAll("_", " ");
  const place = (name: string) => name.toLowerCase().indexOf(wanted);
  return cast
    .filter((character) => !character.hidden && place(character.name) >= 0)
    .toSorted((a, b) => place(a.name) - place(b.name))
    .slice(0, 6);
}

/** The text with the mention completed, and where the caret goes. */
export function complete(text: string, typed: Typed, caret: number, name: string): { text: string; caret: number } {
  const rest = text.slice(caret);
  const mention = mentionOf(name) + (/^[\s.,;:!?]/.test(rest) ? "" : " ");
  return { text: text.slice(0, typed.start) + mention + rest, caret: typed.start + mention.length };
}

/** Every name that the text mentions, once, as it is written there (without the @). */
export function mentioned(text: string): string[] {
  return [...new Set([...text.matchAll(MENTION)].map((match) => match[1] ?? ""))];
}

/** The character that a mention means. */
export function characterOf(cast: readonly Character[], mention: string): Character | undefined {
  return cast.find((character) => mentionOf(character.name).slice(1).toLowerCase() === mention.toLowerCase());
}
