import { expect, test } from "vitest";

import { actOf } from "./acts";

test("an act is told apart by its kind, and one that is not known is left as it is named", () => {
  expect(actOf("joy")).toEqual({ kind: "feeling", feeling: "joy", degree: "plain" });
  expect(actOf("strong anger")).toEqual({ kind: "feeling", feeling: "anger", degree: "strong" });
  expect(actOf("no smile")).toEqual({ kind: "mouth", mouth: "noSmile" });
  expect(actOf("glances left")).toEqual({ kind: "look", how: "glances", where: "left" });
  expect(actOf("looks into the distance")).toEqual({ kind: "look", how: "looks", where: "distance" });
  expect(actOf("looks at the upper left")).toEqual({ kind: "look", how: "looks", where: "atUpperLeft" });
  expect(actOf("eyes at the other")).toEqual({ kind: "look", how: "eyes", where: "other" });
  expect(actOf("hums a tune")).toBeNull();
  expect(actOf("left")).toBeNull();
});
