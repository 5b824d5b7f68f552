import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/me";
import { EmptyState } from "@/components/EmptyState";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { operator } from "@/i18n/en/operator";

addEnglish({ operator });

/** To whoever is no operator the page is not there, as the server says of what it would show. */
export function OperatorsOnly({ children }: { children: ReactNode }) {
  const { t } = useTranslation("shell");
  const me = useMe();
  if (!me) return <SkeletonRows count={3} height={58} />;
  if (me.person?.is_operator) return children;
  return (
    <div className="page">
      <h1 className="unseen">{t("lostPage")}</h1>
      <EmptyState title={t("lostPage")}>{t("lostPageHelp")}</EmptyState>
    </div>
  );
}
