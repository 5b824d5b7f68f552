import { Button, Code } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/EmptyState";

/** A page that threw: what is kept, and the way out. */
export function BrokenPage({ error }: ErrorComponentProps) {
  const { t } = useTranslation("shell");
  return (
    <main>
      <h1 className="unseen">{t("broke")}</h1>
      <EmptyState title={t("broke")} actions={<Button onClick={() => location.reload()}>{t("reload")}</Button>}>
        <p>{t("brokeHelp")}</p>
        <Code block>{String(error)}</Code>
      </EmptyState>
    </main>
  );
}
