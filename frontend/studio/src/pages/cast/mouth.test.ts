import { describe, expect, it } from "vitest";

import { mouthOf } from "./mouth";

describe("what a photo shows of a mouth", () => {
  it("is told by the lips' gap and the smile", () => {
    expect(mouthOf({ lips_apart: 0.004, smile: 0.9 })).toBe("closed");
    expect(mouthOf({ lips_apart: 0.06, smile: 0.1 })).toBe("apart");
    expect(mouthOf({ lips_apart: 0.06, smile: 0.9 })).toBe("teeth");
  });

  it("is nothing where an engine measured none", () => {
    expect(mouthOf({ lips_apart: null, smile: null })).toBeNull();
    expect(mouthOf({})).toBeNull();
  });
});
