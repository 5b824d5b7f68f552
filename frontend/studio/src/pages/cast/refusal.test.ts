import { describe, expect, it } from "vitest";

import { Problem, Unreachable } from "@/api/problem";

import { refusalOf } from "./refusal";

function problem(code: string, field?: string): Problem {
  const errors = field ? [{ field, message: "" }] : undefined;
  return new Problem({ title: "", status: 422, code, detail: "", errors }, null, null);
}

describe("why a file is no photo", () => {
  it("is what the studio found in it", () => {
    expect(refusalOf(problem("undecodable"))).toBe("undecodable");
    expect(refusalOf(problem("too_large"))).toBe("too_large");
  });

  it("is what the studio would not even take", () => {
    expect(refusalOf(problem("invalid_request", "body.content_type"))).toBe("wrong_type");
    expect(refusalOf(problem("invalid_request", "size_bytes"))).toBe("too_large");
  });

  it("is nothing else", () => {
    expect(refusalOf(problem("invalid_request", "kind"))).toBeNull();
    expect(refusalOf(problem("storage_full"))).toBeNull();
    expect(refusalOf(new Unreachable("no network"))).toBeNull();
  });
});
