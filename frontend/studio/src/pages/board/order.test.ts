import { describe, expect, it } from "vitest";

import type { Board } from "@/api/film";

import { goalBefore, letterOf, moved, shotsOf, stays, without } from "./order";

function board(...scenes: string[]): Board {
  return {
    scenes: scenes.map((names, at) => ({
      id: `s${at + 1}`,
      ordinal: at + 1,
      shots: Array.from(names, (id, place) => ({ id, scene_id: `s${at + 1}`, number: `${at + 1}${letterOf(place)}` })),
    })),
  } as unknown as Board;
}
const reading = (one: Board) => one.scenes.map((scene) => scene.shots.map((shot) => shot.id).join("")).join("|");

describe("moving shots", () => {
  it("puts them right after a shot, or first", () => {
    expect(reading(moved(board("abc"), ["a"], { sceneId: "s1", after: "b" }))).toBe("bac");
    expect(reading(moved(board("abc"), ["c"], { sceneId: "s1", after: null }))).toBe("cab");
  });

  it("takes several from anywhere, in reading order, and numbers all anew", () => {
    const after = moved(board("abc", "de"), ["e", "b"], { sceneId: "s2", after: null });
    expect(reading(after)).toBe("ac|bed");
    expect(shotsOf(after).map((shot) => shot.number)).toEqual(["1A", "1B", "2A", "2B", "2C"]);
    expect(shotsOf(after).find((shot) => shot.id === "b")?.scene_id).toBe("s2");
  });

  it("knows when nothing would change", () => {
    expect(stays(board("abc"), ["b"], { sceneId: "s1", after: "a" })).toBe(true);
    expect(stays(board("abc"), ["b"], { sceneId: "s1", after: "c" })).toBe(false);
  });
});

describe("where a drop leads", () => {
  it("is after the last shot that stays before it", () => {
    expect(goalBefore(board("abcd"), "s1", "d", ["c"])).toEqual({ sceneId: "s1", after: "b" });
    expect(goalBefore(board("abcd"), "s1", "a", ["c"])).toEqual({ sceneId: "s1", after: null });
    expect(goalBefore(board("abcd"), "s1", null, ["a"])).toEqual({ sceneId: "s1", after: "d" });
    expect(goalBefore(board("ab", ""), "s2", null, ["a"])).toEqual({ sceneId: "s2", after: null });
  });
});

describe("the rest of the board", () => {
  it("closes up where shots went", () => expect(reading(without(board("abc", "d"), ["a", "d"]))).toBe("bc|"));
  it("counts on after Z", () => expect([0, 25, 26, 27, 52].map(letterOf)).toEqual(["A", "Z", "AA", "AB", "BA"]));
});
