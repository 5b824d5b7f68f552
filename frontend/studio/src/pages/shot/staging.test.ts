import { describe, expect, it } from "vitest";

import { placed, staged, type Entry } from "./staging";

const entry = (character_id: string, placement: Entry["placement"] = null): Entry => ({ character_id, placement, expected: "always" });
const stands = (entries: readonly Entry[]) => staged(entries).map((one) => one.stands);

describe("staging", () => {
  it("is the studio's own where nobody says anything", () => {
    expect(stands([entry("a")])).toEqual(["centre"]);
    expect(stands([entry("a"), entry("b")])).toEqual(["left", "right"]);
    expect(stands([entry("a"), entry("b"), entry("c")])).toEqual(["left", "centre", "right"]);
  });

  it("gives the others what is free", () => {
    expect(stands([entry("a"), entry("b", "left")])).toEqual(["right", "left"]);
  });

  it("changes places with whoever stands there", () => {
    const after = placed([entry("a"), entry("b")], "a", "right");
    expect(after.map((one) => one.placement)).toEqual(["right", "left"]);
  });

  it("leaves the others where they were seen", () => {
    expect(placed([entry("a"), entry("b")], "a", "centre").map((one) => one.placement)).toEqual(["centre", "right"]);
  });
});
