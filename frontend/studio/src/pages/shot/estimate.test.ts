import { describe, expect, it } from "vitest";

import { fixOf } from "./estimate";

const problem = (field: string) => ({ field, message: "", nearest: [], code: "request_refused", members: {} });

describe("a one-click fix", () => {
  it("takes the nearest legal value of what was refused", () => {
    expect(fixOf(problem("seconds"), "10")).toEqual({ seconds: 10 });
    expect(fixOf(problem("size"), "768x432")).toEqual({ size: "768x432" });
    expect(fixOf(problem("model"), "previs")).toEqual({ model: "previs", tier: null });
  });

  it("is not offered where a person has to decide", () => {
    expect(fixOf(problem("characters"), "3")).toBeNull();
    expect(fixOf(problem("seconds"), "soon")).toBeNull();
  });
});
