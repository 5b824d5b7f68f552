import { expect, test } from "vitest";

import { frameOf, inOrder, nextMoment, secondsOf, type Keyframe, type Moment } from "./keyframes";

const CLIP = { seconds: 81 / 16, fps: 16 };
const at = (...moments: Moment[]): Keyframe[] => moments.map((moment, place) => ({ asset_id: `ast_${place}`, at: moment }));

test("moments are frames, whatever they are called", () => {
  expect(["first", "last", 2.5].map((moment) => frameOf(moment as Moment, CLIP))).toEqual([0, 80, 40]);
  expect(secondsOf(41, CLIP)).toBe(2.5625);
  expect(secondsOf(1, { seconds: 1, fps: 24 })).toBe(0.0416667);
});

test("a strip stands in the order of the clip", () => {
  expect(inOrder(at("last", 2.5, "first"), CLIP).map((one) => one.at)).toEqual(["first", 2.5, "last"]);
});

test("the next picture goes first, then last, then amid the widest gap", () => {
  expect(nextMoment([], CLIP)).toBe("first");
  expect(nextMoment(at("first"), CLIP)).toBe("last");
  expect(nextMoment(at("last"), CLIP)).toBe("first");
  expect(nextMoment(at("first", "last"), CLIP)).toBe(2.5);
  expect(nextMoment(at("first", "last", 2.5), CLIP)).toBe(1.25);
  expect(nextMoment(at(0, 5, 1), CLIP)).toBe(3);
});
