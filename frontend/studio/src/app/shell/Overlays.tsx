import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useShortcuts, type Shortcut } from "@/lib/shortcuts";

import { openOverlay, useOverlay } from "./overlay";

const Palette = lazy(() => import("../palette/Palette"));
const ShortcutSheet = lazy(() => import("./ShortcutSheet"));

/** The sheets that open over any page, and the keys that open them. */
export function Overlays() {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const opened = useOverlay();
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: ["Mod+k"], words: t("openSearch"), act: () => openOverlay("search"), everywhere: true },
      { keys: ["?"], words: t("openShortcuts"), act: () => openOverlay("shortcuts") },
      { keys: ["Shift+P"], words: t("goProjects"), act: () => void navigate({ to: "/" }), page: true },
      { keys: ["Shift+C"], words: t("goCast"), act: () => void navigate({ to: "/cast" as "/" }), page: true },
      { keys: ["Shift+Q"], words: t("goRenders"), act: () => void navigate({ to: "/renders" as "/" }), page: true },
    ],
    [t, navigate],
  );
  useShortcuts(shortcuts);
  return (
    <Suspense>
      {opened === "search" && <Palette />}
      {opened === "shortcuts" && <ShortcutSheet shell={shortcuts} />}
    </Suspense>
  );
}
