import { describe, expect, it } from "vitest";

import type { Character } from "@/api/cast";

import { follow, followedFrom, withoutMentions, type Followed } from "./stageFollowsPrompt";
import type { Entry } from "./staging";

const cast = ["Ada", "Adam", "Grace"].map((name) => ({ id: name, name, hidden: false }) as Character);
const entry = (character_id: string, more: Partial<Entry> = {}): Entry => ({ character_id, expected: "always", ...more });

/** Types one text after another, the caret at the end; who is on stage in the end. */
function typed(texts: string[], entries: readonly Entry[], most = 3): { names: string[]; entries: readonly Entry[] } {
  let followed: Followed = followedFrom(cast, texts[0]!);
  for (const text of texts.slice(1)) {
    const next = follow(cast, followed, entries, text, text.length, most);
    ({ entries, followed } = next);
  }
  return { names: entries.map((one) => one.character_id), entries };
}

describe("the stage", () => {
  it("is left by whom the prompt names no more", () => {
    expect(typed(["@Ada and @Grace nod", "@Grace nod"], [entry("Ada"), entry("Grace")]).names).toEqual(["Grace"]);
    expect(typed(["nod @Ada ", "nod @Ada", "nod @Ad", "nod "], [entry("Ada")]).names).toEqual([]);
  });
  it("keeps whom the prompt never named", () => {
    expect(typed(["she nods", ""], [entry("Ada")]).names).toEqual(["Ada"]);
    expect(typed(["", "@Ada", "@Adam", "@Adam "], [entry("Ada")]).names).toEqual(["Ada", "Adam"]);
  });
  it("is entered once a name is finished, while there is room", () => {
    expect(typed(["", "@Ada"], []).names).toEqual([]);
    expect(typed(["", "@Ada", "@Ada n"], []).names).toEqual(["Ada"]);
    expect(typed(["", "@Ada @Grace nod"], [], 1).names).toEqual(["Ada"]);
  });
  it("has those who come back as they stood", () => {
    const stood = entry("Ada", { placement: "left", look_id: "look_1" });
    expect(typed(["@Ada nods", " nods", "@Ada nods"], [stood]).entries).toEqual([stood]);
  });
});

describe("the prompt", () => {
  it("forgets whom the stage lost, and nobody of a like name", () => {
    expect(withoutMentions("@Ada smiles at @Adam, then @ada nods", "Ada")).toBe("smiles at @Adam, then nods");
  });
});
