import { NO_CONSENT, type ConsentDraft } from "@/pages/cast/ConsentFields";

import type { Story } from "./stories";
import type { Made } from "./useFirstFilm";

/** What is filled in, and how far the film has come. */
export interface FilmDraft {
  name: string;
  story: Story["name"];
  consent: ConsentDraft;
  made: Made;
}

export const EMPTY_DRAFT: FilmDraft = { name: "", story: "birthday", consent: { ...NO_CONSENT, kind: "guardian" }, made: {} };
