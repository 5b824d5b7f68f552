import { freshKey } from "@/api/client";
import type { Shot } from "@/api/film";

export type Line = Required<Shot["dialogue"][number]>;

export const MOST_LINES = 12;
export const MOST_CHARACTERS = 1000; // that a voice says of one line; more is kept, and told
export const LONGEST_RECORDING_S = 120;
const LEAD_IN_S = 0.4;
const TURN_S = 0.2;
const BREATH_S = 0.4;
const LEAD_OUT_S = 0.5;
const COLOURS = ["#d99a3d", "#5aa9c9", "#b07fd0", "#7dae5c", "#d0776f", "#8d93e0"];
export const CHINESE = /[\u3400-\u9fff]/;

/** Of what decides how a line sounds: two lines alike in it are heard once. */
export function soundOf(line: Line): string {
  return JSON.stringify([line.text.trim(), line.character_id, line.voice, line.recording, line.parenthetical.trim()]);
}

export function freshLine(shot: Shot): Line {
  const last = shot.dialogue.at(-1)?.character_id ?? null;
  const character_id = shot.characters.find((one) => one.character_id !== last)?.character_id ?? last;
  return { id: freshKey(), character_id, speaker: "", text: "", parenthetical: "", voice: null, recording: null, pause_before_s: 0, off_screen: false };
}

/** Somebody's colour, the same in every shot of a film. */
export function colourOf(cast: readonly { id: string }[], characterId: string | null): string {
  const place = [...cast].map((one) => one.id).toSorted().indexOf(characterId ?? "");
  return place < 0 ? "var(--words-soft)" : (COLOURS[place % COLOURS.length] as string);
}

/** About how long a line lasts that nobody has heard yet. */
export function guessSeconds(text: string): number {
  return 0.4 + text.length / (CHINESE.test(text) ? 3.8 : 13);
}

/** When each line begins, as the engine says them; `seconds` of each, `asides`: of silence that its direction asks for. */
export function startsOf(lines: readonly Line[], seconds: readonly number[], asides: readonly number[]): number[] {
  const starts: number[] = [];
  lines.forEach((line, place) => {
    const before = lines[place - 1];
    const gap = before?.character_id === line.character_id ? BREATH_S : TURN_S;
    const free = before === undefined ? LEAD_IN_S : (starts[place - 1] as number) + (seconds[place - 1] as number) + gap;
    starts.push(free + line.pause_before_s + (asides[place] ?? 0));
  });
  return starts;
}

export function neededSeconds(starts: readonly number[], seconds: readonly number[]): number {
  return starts.length === 0 ? 0 : (starts.at(-1) as number) + (seconds.at(-1) as number) + LEAD_OUT_S;
}

/** A text that is too long for one line, cut after sentences where it can be, in parts that are not. */
export function splitText(text: string): string[] {
  const parts: string[] = [];
  let held = "";
  for (const piece of text.split(/(?<=[.!?…。！？]["”’」]*)\s*/u).flatMap((one) => chunks(one))) {
    const between = held === "" || CHINESE.test(held.at(-1) as string) ? "" : " ";
    if (held !== "" && (held + between + piece).length > MOST_CHARACTERS) {
      parts.push(held);
      held = piece;
    } else held += (held === "" ? "" : between) + piece;
  }
  return held === "" ? parts : [...parts, held];
}

function chunks(text: string): string[] {
  const count = Math.ceil(text.length / MOST_CHARACTERS);
  return Array.from({ length: count }, (_, place) => text.slice(place * MOST_CHARACTERS, (place + 1) * MOST_CHARACTERS));
}
