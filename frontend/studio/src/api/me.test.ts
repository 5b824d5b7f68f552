import { describe, expect, it } from "vitest";

import { ownPath } from "./me";

describe("where to go after signing in", () => {
  it("is the page that was asked for", () => expect(ownPath("/films/prj_1?x=1")).toBe("/films/prj_1?x=1"));

  it("is never another site", () => {
    const elsewhere = ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\\b", `/${"a".repeat(1000)}`, "", null];
    const dropped = ["/\t/evil.example", "/\n/evil.example", "/\r\\evil.example"]; // a browser reads these as the first two
    for (const asked of [...elsewhere, ...dropped]) {
      expect(ownPath(asked)).toBe("/");
    }
  });
});
