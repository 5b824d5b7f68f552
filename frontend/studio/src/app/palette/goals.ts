import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useAllShortcuts } from "@/lib/shortcuts";

/** One thing that the palette leads to. */
export interface Goal {
  id: string;
  words: string;
  group: "searchGo" | "searchShots" | "searchCast" | "searchDo";
  go: () => void;
}

const MOST = 40;

/** Those whose words hold every word that was typed, in the order in which they are known. */
export function findGoals(goals: readonly Goal[], typed: string): Goal[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return goals.filter((goal) => wanted.every((word) => goal.words.toLowerCase().includes(word))).slice(0, MOST);
}

export function useGoals(): Goal[] {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const shortcuts = useAllShortcuts();
  const client = useQueryClient();
  void client;
  const pages = [
    ["projects", "/"],
    ["cast", "/cast"],
    ["renders", "/renders"],
    ["account", "/account"],
  ] as const;
  return [
    ...pages.map(([words, to]): Goal => ({ id: to, words: t(words), group: "searchGo", go: () => void navigate({ to: to as "/" }) })),
    ...shortcuts
      .filter((shortcut) => !shortcut.everywhere)
      .map((shortcut): Goal => ({
        id: shortcut.keys.join(),
        words: shortcut.words,
        group: "searchDo",
        go: () => shortcut.act(new KeyboardEvent("keydown")),
      })),
  ];
}
