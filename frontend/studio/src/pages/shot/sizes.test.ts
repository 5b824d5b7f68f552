import { describe, expect, it } from "vitest";

import { aspectOf, aspectsOf, qualityOf, sizeFor, sizesOf, usualSize } from "./sizes";

const PREVIS = ["1920x1080", "1280x720", "1024x576", "768x432", "640x360", "512x288", "720x1280", "512x512", "640x480", "768x322"];
const WAN = ["1280x720", "720x1280", "960x960", "832x480", "480x832", "624x624"];

describe("sizes", () => {
  it("know their shape, also where a model rounds its sides", () => {
    expect(["1024x576", "832x480", "480x832", "640x480", "768x322", "512x512"].map(aspectOf)).toEqual(["16:9", "16:9", "9:16", "4:3", "2.39:1", "1:1"]);
    expect(aspectOf("700x200")).toBeUndefined();
    expect(aspectsOf(WAN)).toEqual(["16:9", "9:16", "1:1"]);
  });

  it("are offered once a quality", () => {
    expect(sizesOf(PREVIS, "16:9")).toEqual({ draft: "640x360", standard: "768x432", high: "1280x720", full: "1920x1080" });
    expect(sizesOf(WAN, "16:9")).toEqual({ standard: "832x480", high: "1280x720" });
    expect(qualityOf("512x288")).toBe("draft");
  });

  it("are found again by aspect and quality, or by the nearest quality there is", () => {
    expect(sizeFor(PREVIS, "16:9", "full")).toBe("1920x1080");
    expect(sizeFor(WAN, "16:9", "full")).toBe("1280x720");
    expect(sizeFor(WAN, "4:3", "high")).toBeUndefined();
    expect(usualSize(PREVIS, "16:9", "768x432")).toBe("768x432");
    expect(usualSize(WAN, "1:1", "832x480")).toBe("624x624");
  });
});
