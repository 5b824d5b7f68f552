import { describe, expect, it } from "vitest";

import { frameAt, momentOf, timecode } from "./timecode";

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
