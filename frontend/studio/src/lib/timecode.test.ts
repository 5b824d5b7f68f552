import { beforeAll, describe, expect, it } from "vitest";

import { speak, startWords } from "@/i18n";

import { frameAt, momentOf, shortTimecode, timecode } from "./timecode";

beforeAll(startWords);

describe("timecode", () => {
  it("counts frames in the last place", () => {
    expect(timecode(0, 24)).toBe("00:00:00:00");
    expect(timecode(23, 24)).toBe("00:00:00:23");
    expect(timecode(24 * 61 + 5, 24)).toBe("00:01:01:05");
  });

  it("names its units where it is short, in the reader's language", async () => {
    const frames = [0, 27, 24 * 60 + 5];
    expect(frames.map((frame) => shortTimecode(frame, 24))).toEqual(["0 s 0 f", "1 s 3 f", "1 min 0 s 5 f"]);
    await speak("zh");
    expect(frames.map((frame) => shortTimecode(frame, 24))).toEqual(["0 秒 0 帧", "1 秒 3 帧", "1 分 0 秒 5 帧"]);
    await speak("en");
  });

  it("finds every frame again at the moment that was sought", () => {
    for (let frame = 0; frame < 240; frame += 1) expect(frameAt(momentOf(frame, 24), 24, 240)).toBe(frame);
  });

  it("stays inside the clip", () => {
    expect(frameAt(99, 24, 120)).toBe(119);
    expect(frameAt(-1, 24, 120)).toBe(0);
  });
});
