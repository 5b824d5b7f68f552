import { describe, expect, it } from "vitest";

import { queueOf } from "./queue";

describe("the queue's pill", () => {
  it("counts what renders and what waits, and tells when the last one ends", () => {
    const takes = [
      { state: "RENDERING", eta_s: 4 },
      { state: "QUEUED", eta_s: 21.5 },
      { state: "QUEUED", eta_s: null },
    ] as const;
    expect(queueOf(takes)).toEqual({ running: 1, waiting: 2, leftS: 21.5 });
  });
  it("promises no end that nobody knows", () => {
    expect(queueOf([{ state: "RENDERING", eta_s: null }])).toEqual({ running: 1, waiting: 0, leftS: null });
    expect(queueOf([])).toEqual({ running: 0, waiting: 0, leftS: null });
  });
});
