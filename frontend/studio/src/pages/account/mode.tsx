import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Problem } from "@/api/problem";
import { EmptyState } from "@/components/EmptyState";

/** Which half of the organisation is looked at. */
export type Mode = "live" | "test";

/** What a call says to look into test mode; the server goes by it for members alone. */
export function headersOf(mode: Mode): Record<string, string> {
  return mode === "test" ? { "Dramatis-Mode": "test" } : {};
}

export function ModeChoice({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  const { t } = useTranslation("requests");
  return (
    <SegmentedControl
      aria-label={t("mode")}
      value={mode}
      onChange={(value) => onChange(value as Mode)}
      data={(["live", "test"] as const).map((value) => ({ value, label: t(`modes.${value}`) }))}
    />
  );
}

/** Whether a refusal means that nobody has made a test key. */
export function isWithoutTestMode(mode: Mode, error: unknown): boolean {
  return mode === "test" && error instanceof Problem && error.status === 404;
}

export function NoTestMode() {
  const { t } = useTranslation("requests");
  return (
    <EmptyState title={t("noTestMode")}>
      <p>{t("noTestModeHelp")}</p>
    </EmptyState>
  );
}
