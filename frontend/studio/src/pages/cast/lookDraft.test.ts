import { describe, expect, it } from "vitest";

import { bodyOf, NO_LOOK, saysSomething } from "./lookDraft";

describe("a look", () => {
  it("needs a name and words or a picture", () => {
    expect(saysSomething(NO_LOOK)).toBe(false);
    expect(saysSomething({ ...NO_LOOK, name: "Rain" })).toBe(false);
    expect(saysSomething({ ...NO_LOOK, name: "Rain", hair: "  " })).toBe(false);
    expect(saysSomething({ ...NO_LOOK, name: "Rain", hair: "wet" })).toBe(true);
    expect(saysSomething({ ...NO_LOOK, name: "Rain", picture: "ast_1" })).toBe(true);
  });

  it("says that a picture was taken away", () => {
    expect(bodyOf({ ...NO_LOOK, name: "Rain", props: "umbrella" }).picture_asset_id).toBeNull();
  });
});
