import { NO_CONSENT, type ConsentDraft } from "@/pages/cast/ConsentFields";

import type { Story } from "./stories";
import type { Made } from "./useFirstFilm";

/** One sentence, said by a narrator or as the hero recorded it; `recording`: the asset. */
export interface Sentence {
  text: string;
  by: "narrator" | "hero";
  recording: string | null;
}

export const NO_SENTENCE: Sentence = { text: "", by: "narrator", recording: null };

/** What is filled in, and how far the film has come. */
export interface FilmDraft {
  name: string;
  story: Story["name"];
  consent: ConsentDraft;
  made: Made;
  /** Missing in drafts of before there were lines. */
  sentence?: Sentence;
}

export const EMPTY_DRAFT: FilmDraft = { name: "", story: "birthday", consent: { ...NO_CONSENT, kind: "guardian" }, made: {} };
