import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";
import { EmptyState } from "@/components/EmptyState";

/** An address that leads nowhere. */
export function LostPage() {
  const { t } = useTranslation("shell");
  usePlace([{ words: t("lostPage") }]);
  return (
    <main>
      <h1 className="unseen">{t("lostPage")}</h1>
      <EmptyState
        title={t("lostPage")}
        actions={
          <Button component="a" href="/">
            {t("toProjects")}
          </Button>
        }
      >
        {t("lostPageHelp")}
      </EmptyState>
    </main>
  );
}
