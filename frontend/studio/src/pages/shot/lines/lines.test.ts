import { describe, expect, it } from "vitest";

import { neededSeconds, splitText, startsOf, type Line } from "./lines";

const line = (character_id: string | null, pause_before_s = 0): Line => ({ id: "a", character_id, speaker: "", text: "Hi", parenthetical: "", voice: null, recording: null, pause_before_s, off_screen: false });

describe("lines", () => {
  it("begin after a breath, a turn or a pause, as the engine says them", () => {
    const starts = startsOf([line("a"), line("a"), line("b", 1)], [1, 1, 1], [0, 0, 0.6]);
    expect(starts.map((one) => one.toFixed(1))).toEqual(["0.4", "1.8", "4.6"]);
    expect(neededSeconds(starts, [1, 1, 1])).toBeCloseTo(6.1);
    expect(neededSeconds([], [])).toBe(0);
  });

  it("are split after sentences, and lose nothing", () => {
    const text = Array.from({ length: 120 }, (_, place) => `Sentence number ${place} is here.`).join(" ");
    const parts = splitText(text);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.every((part) => part.length <= 1000 && part.endsWith("."))).toBe(true);
    expect(parts.join(" ")).toBe(text);
    expect(splitText("x".repeat(2500)).join("")).toHaveLength(2500);
  });
});
