import { describe, expect, it } from "vitest";

import { shotsOfStory, STORIES } from "./stories";

describe("the stories", () => {
  it("have five shots each, all of them with the one who is cast", () => {
    for (const story of STORIES) {
      const shots = shotsOfStory(story, "chr_1", "@Mia_May");
      expect(shots).toHaveLength(5);
      for (const shot of shots) expect(shot.prompt).toMatch(/^@Mia_May /);
    }
  });
});
