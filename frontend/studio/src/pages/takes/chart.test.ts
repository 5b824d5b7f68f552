import { describe, expect, it } from "vitest";

import { seenRuns, worstFrames, type Identity } from "./chart";

const report = (series: (number | null)[]) => ({ character_id: "a", character_name: "Ada", series }) as Identity;

describe("worst frames", () => {
  it("are the lowest, far enough apart to show different things", () => {
    const series = Array.from({ length: 30 }, () => 0.9 as number | null);
    series[10] = 0.3;
    series[11] = 0.31;
    series[25] = 0.4;
    series[2] = null;
    expect(worstFrames([report(series)], 2).map((dip) => dip.frame)).toEqual([10, 25]);
  });

  it("are none where no face was seen", () => expect(worstFrames([report([null, null])], 3)).toEqual([]));
});

describe("the presence band", () => {
  it("joins frames in a row", () => {
    expect(seenRuns([null, 0.5, 0.6, null, 0.7])).toEqual([[1, 2], [4, 4]]);
    expect(seenRuns([])).toEqual([]);
  });
});
