import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { everyDay, type Line } from "./queries";

const line = (day: string, credits: number) => ({ day, credits, takes: 1 }) as Line;

describe("the days of a chart", () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-11-02T23:30:00Z") }));
  afterEach(() => void vi.useRealTimers());

  it("are all there, oldest first, over the end of a month, as UTC has them", () => {
    const days = everyDay([line("2026-11-02", 2), line("2026-10-31", 0.5)], 4);
    expect(days.map(({ day, credits, takes }) => [day, credits, takes])).toEqual([
      ["2026-10-30", 0, 0],
      ["2026-10-31", 0.5, 1],
      ["2026-11-01", 0, 0],
      ["2026-11-02", 2, 1],
    ]);
  });
});
