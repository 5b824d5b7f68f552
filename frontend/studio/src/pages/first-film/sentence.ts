/** One sentence, said by a narrator or as the hero recorded it; `recording`: the asset. */
export interface Sentence {
  text: string;
  by: "narrator" | "hero";
  recording: string | null;
}

export const NO_SENTENCE: Sentence = { text: "", by: "narrator", recording: null };
