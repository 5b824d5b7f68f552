import { describe, expect, it } from "vitest";

import { findGoals, type Goal } from "./find";

const goal = (words: string, more: Partial<Goal> = {}): Goal => ({ id: words, words, group: "searchGo", go: () => {}, ...more });
const GOALS = [
  goal("Renders"),
  goal("1B · Ada nods", { within: "Rain", group: "searchShots", asked: true }),
  goal("11B · Ada turns to 1B", { within: "Rain", group: "searchShots", asked: true }),
  goal("Ada", { group: "searchCast" }),
];
const names = (typed: string) => findGoals(GOALS, typed).map((one) => one.words);

describe("the palette", () => {
  it("shows no shots before a word is typed", () => expect(names("  ")).toEqual(["Renders", "Ada"]));
  it("puts what begins with the words first", () => {
    expect(names("ada")[0]).toBe("Ada");
    expect(names("1b")).toEqual(["1B · Ada nods", "11B · Ada turns to 1B"]);
  });
  it("wants every word, in any order, also of where a thing stands", () => expect(names("rain nods")).toEqual(["1B · Ada nods"]));
  it("finds nothing where nothing is", () => expect(names("xyzzy")).toEqual([]));
});
