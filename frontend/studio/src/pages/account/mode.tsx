import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
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

export const testModeKey = ["test-mode"] as const;

/** Whether that half is there to be looked at; undefined while that is asked. Test mode begins with its first key. */
export function useIsThere(mode: Mode): boolean | undefined {
  const { data } = useQuery({ queryKey: testModeKey, queryFn: () => answer(api.GET("/v1/test-mode")), enabled: mode === "test" });
  return mode === "live" ? true : data?.exists;
}

export function NoTestMode() {
  const { t } = useTranslation("requests");
  return (
    <EmptyState title={t("noTestMode")}>
      <p>{t("noTestModeHelp")}</p>
    </EmptyState>
  );
}
