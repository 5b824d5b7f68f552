import { readFileSync } from "node:fs";
import { join } from "node:path";

import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import { Problem } from "@/api/problem";
import { speak, startWords } from "@/i18n";
import { en } from "@/i18n/en";

import { errorWords, refusalWords } from "./errorWords";

beforeAll(startWords);

function wordsOf(code: string, more: Record<string, unknown> = {}) {
  const body = { title: "A title", status: 403, code, detail: "a detail", ...more };
  return errorWords(new Problem(body, "req_1", null), i18next.getFixedT(null, "common"));
}

describe("errorWords", () => {
  it("has words for every code that the API documents", () => {
    const documented = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../openapi.json"), "utf8")) as object;
    const codes = new Set([...JSON.stringify(documented).matchAll(/"urn:dramatis:problem:(\w+)"/g)].map(([, code]) => code));
    expect(codes.size).toBeGreaterThan(40);
    expect([...codes].filter((code) => !Object.hasOwn(en.refusal.titles, code ?? ""))).toEqual([]);
  });

  it("tells what a key lacks in plain words", () => {
    expect(wordsOf("scope_missing", { scope: "takes" }).help).toContain("render takes");
    expect(wordsOf("scope_missing", { scopes: ["keys", "members"] }).help).toContain("make keys, look after members");
  });

  it("falls back to the server's own words", () => {
    expect(wordsOf("made_up_tomorrow")).toEqual({ title: "A title", help: "a detail", again: false });
    expect(wordsOf("board_full").help).toBe("a detail");
  });

  it("speaks the reader's language", async () => {
    const unfit = { code: "request_refused", detail: "no", field: "size", nearest: ["640x360", "768x432"] };
    expect(refusalWords(unfit).help).toBe("no");
    await speak("zh");
    expect(refusalWords(unfit).help).toBe("尺寸可用：640x360, 768x432。");
    expect(refusalWords({ ...unfit, nearest: [] }).help).toBe("no");
    expect(refusalWords({ ...unfit, field: "placement", nearest: [] }).help).toContain("左、中、右");
    expect(wordsOf("unsafe_image").title).toBe("此图片可能不宜展示");
    await speak("en");
    expect(wordsOf("unsafe_image").help).toContain("Choose another picture");
  });
});
