import { describe, expect, it } from "vitest";

import { frameAt, momentOf, shortTime, timecode } from "./timecode";

describe("timecode", () => {
  it("counts frames in the last place", () => {
    expect(timecode(0, 24)).toBe("00:00:00:00");
    expect(timecode(23, 24)).toBe("00:00:00:23");
    expect(timecode(24 * 61 + 5, 24)).toBe("00:01:01:05");
  });

  it("finds every frame again at the moment that was sought", () => {
    for (let frame = 0; frame < 240; frame += 1) expect(frameAt(momentOf(frame, 24), 24, 240)).toBe(frame);
  });

  it("stays inside the clip", () => {
    expect(frameAt(99, 24, 120)).toBe(119);
    expect(frameAt(-1, 24, 120)).toBe(0);
  });
});

describe("shortTime", () => {
  it("never promises nothing at all", () => expect(shortTime(0.2)).toBe("1 s"));
  it("changes its unit where people do", () => {
    expect([89, 120, 3900].map(shortTime)).toEqual(["89 s", "2 min", "1 h 5 min"]);
  });
});
