import { describe, expect, it } from "vitest";

import { ownPath } from "./me";

describe("where to go after signing in", () => {
  it("is the page that was asked for", () => expect(ownPath("/films/prj_1?x=1")).toBe("/films/prj_1?x=1"));

  it("is never another site", () => {
    for (const asked of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", null]) {
      expect(ownPath(asked)).toBe("/");
    }
  });
});
