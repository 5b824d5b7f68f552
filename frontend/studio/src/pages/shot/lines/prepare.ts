import { api } from "@/api/client";

import { CHINESE } from "./lines";

type Spoken = "en-US" | "zh";

const LASTS_MS = 45_000; // the studio lets its voices rest after a minute without a line

const asked = new Map<Spoken, number>();

/** Whoever types lines will hear them: their voices are loaded meanwhile. What goes wrong, the line itself will tell. */
export function prepareVoices(languages: readonly Spoken[]): void {
  for (const language of new Set(languages)) {
    if (Date.now() - (asked.get(language) ?? -Infinity) < LASTS_MS) continue;
    asked.set(language, Date.now());
    void api.POST("/v1/speech/prepare", { body: { language } }).catch(() => asked.delete(language));
  }
}

export function languageOf(text: string): Spoken {
  return CHINESE.test(text) ? "zh" : "en-US";
}
