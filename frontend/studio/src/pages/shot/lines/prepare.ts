import { api } from "@/api/client";

import { CHINESE, soundOf, type Line } from "./lines";
import { bodyOf } from "./sounds";

type Spoken = "en-US" | "zh";

const LASTS_MS = 45_000; // the studio lets its voices rest after a minute without a line
const MOST_TOLD = 50;
const ENDED = /[.!?…。！？]["”’」』）)]*$/u;
const AFTER_SENTENCE_MS = 300;
const AFTER_WORD_MS = 1200;

const asked = new Map<Spoken, number>();
const told = new Set<string>();
let soon: ReturnType<typeof setTimeout> | undefined;

/** Whoever types lines will hear them: their voices are loaded meanwhile. What goes wrong, the line itself will tell. */
export function prepareVoices(languages: readonly Spoken[]): void {
  for (const language of new Set(languages)) {
    if (Date.now() - (asked.get(language) ?? -Infinity) < LASTS_MS) continue;
    asked.set(language, Date.now());
    void api.POST("/v1/speech/prepare", { body: { language } }).catch(() => asked.delete(language));
  }
}

/** A line that will soon be heard is said ahead, once; what says it may rest since then, and is loaded again. */
export function prepareLine(projectId: string, line: Line): void {
  if (line.recording !== null || line.text.trim() === "") return;
  const sound = soundOf(line);
  const language = languageOf(line.text);
  if (told.has(sound)) return prepareVoices([language]);
  if (told.size >= MOST_TOLD) told.clear();
  told.add(sound);
  asked.set(language, Date.now());
  void api.POST("/v1/speech/prepare", { body: { language, line: bodyOf(projectId, line) } }).catch(() => told.delete(sound));
}

/** While a line is typed its voices are loaded; when its typist rests it is said ahead, sooner where a sentence has ended. */
export function prepareTyped(projectId: string, line: Line): void {
  prepareVoices([languageOf(line.text)]);
  clearTimeout(soon);
  soon = setTimeout(() => prepareLine(projectId, line), ENDED.test(line.text.trim()) ? AFTER_SENTENCE_MS : AFTER_WORD_MS);
}

export function languageOf(text: string): Spoken {
  return CHINESE.test(text) ? "zh" : "en-US";
}
