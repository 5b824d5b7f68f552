import { useSyncExternalStore } from "react";

export type Scheme = "dark" | "light" | "auto";
const KEPT_AT = "dramatis.scheme"; // also read by public/static/scheme.js
const listeners = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: light)");

export function chosenScheme(): Scheme {
  const kept = localStorage.getItem(KEPT_AT);
  return kept === "light" || kept === "auto" ? kept : "dark";
}

function shownScheme(): "dark" | "light" {
  const chosen = chosenScheme();
  if (chosen === "auto") return system.matches ? "light" : "dark";
  return chosen;
}

export function chooseScheme(scheme: Scheme): void {
  localStorage.setItem(KEPT_AT, scheme);
  show();
}

function show(): void {
  document.documentElement.setAttribute("data-mantine-color-scheme", shownScheme());
  for (const listener of listeners) listener();
}

system.addEventListener("change", show);

/** The theme that is on screen. */
export function useScheme(): "dark" | "light" {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, shownScheme);
}
