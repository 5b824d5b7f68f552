import { beforeAll, describe, expect, it } from "vitest";

import { speak, startWords } from "@/i18n";

import { shortRange, shortTime } from "./shortTime";

beforeAll(startWords);

describe("shortTime", () => {
  it("never promises nothing at all", () => expect(shortTime(0.2)).toBe("1 s"));
  it("changes its unit where people do, in the reader's language", async () => {
    expect([89, 120, 3900].map(shortTime)).toEqual(["89 s", "2 min", "1 h 5 min"]);
    await speak("zh");
    expect([89, 120, 3900].map(shortTime)).toEqual(["89 秒", "2 分钟", "1 小时 5 分钟"]);
    await speak("en");
  });
});

describe("shortRange", () => {
  it("names its unit once where both ends have the same", () => {
    expect([shortRange(8.2, 14), shortRange(0.2, 1.1), shortRange(100, 200), shortRange(80, 130)]).toEqual(["8–14 s", "1 s", "2–3 min", "80 s – 2 min"]);
  });
});
