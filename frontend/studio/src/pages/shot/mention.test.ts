import { describe, expect, it } from "vitest";

import type { Character } from "@/api/cast";

import { characterOf, complete, fitting, mentioned, typedMention } from "./mention";

const cast = ["Ada Lovelace", "Grace", "Adam"].map((name) => ({ id: name, name, hidden: false }) as Character);

describe("typing a mention", () => {
  it("is noticed after an @ that begins a word", () => {
    expect(typedMention("Then @Ad", 8)).toEqual({ start: 5, word: "Ad" });
    expect(typedMention("@", 1)).toEqual({ start: 0, word: "" });
    expect(typedMention("me@home", 7)).toBeNull();
    expect(typedMention("@Ada smiles", 11)).toBeNull();
  });

  it("offers those whose name begins with it first", () => {
    expect(fitting(cast, "ad").map((one) => one.name)).toEqual(["Ada Lovelace", "Adam"]);
    expect(fitting(cast, "a_l").map((one) => one.name)).toEqual(["Ada Lovelace"]);
  });

  it("is completed in place, with a blank only where one is missing", () => {
    const typed = { start: 5, word: "Ad" };
    expect(complete("Then @Ad", typed, 8, "Ada Lovelace")).toEqual({ text: "Then @Ada_Lovelace ", caret: 19 });
    expect(complete("Then @Ad, nods", typed, 8, "Adam").text).toBe("Then @Adam, nods");
  });
});

describe("mentions of a prompt", () => {
  it("are found once each, in any script", () => {
    expect(mentioned("@Ada_Lovelace looks at @小明, then @Ada_Lovelace nods; a@b")).toEqual(["Ada_Lovelace", "小明"]);
  });

  it("mean a character whatever their case", () => {
    expect(characterOf(cast, "ada_lovelace")?.name).toBe("Ada Lovelace");
    expect(characterOf(cast, "nobody")).toBeUndefined();
  });
});
