import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import { useHeldKeys } from "./heldKeys";
import { useShortcuts } from "./shortcuts";

const KEYS = ["r"];

function press(key: string): void {
  act(() => void document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
}

it("presses a held key once what it acts on is there", () => {
  const rendered: string[] = [];
  const shots = { before: [{ keys: KEYS, words: "", act: () => void rendered.push("before") }], after: [{ keys: KEYS, words: "", act: () => void rendered.push("after") }] };
  const { rerender } = renderHook(
    ({ shown, waiting }: { shown: keyof typeof shots; waiting: boolean }) => {
      useShortcuts(shots[shown]);
      useHeldKeys(KEYS, "", waiting);
    },
    { initialProps: { shown: "before", waiting: false } as { shown: keyof typeof shots; waiting: boolean } },
  );
  press("r");
  rerender({ shown: "before", waiting: true });
  press("r");
  expect(rendered).toEqual(["before"]);
  rerender({ shown: "after", waiting: false });
  expect(rendered).toEqual(["before", "after"]);
});
