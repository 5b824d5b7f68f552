import { NO_CONSENT, type ConsentDraft } from "@/pages/cast/ConsentFields";

import type { Sentence } from "./sentence";
import type { Story } from "./stories";

/** How far a film has come: kept after every step, so that what broke off goes on and nothing is made twice. */
export interface Made {
  characterId?: string;
  voiceAllowed?: boolean;
  projectId?: string;
  sceneId?: string;
  shots?: number;
  /** Its takes are on their way; the shots that were refused say why. */
  submitted?: { refusals: { number: string; detail: string }[] };
}

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
