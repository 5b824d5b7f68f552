import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { usePermission, type Permission } from "@/api/permissions";
import { EmptyState } from "@/components/EmptyState";
import { SkeletonRows } from "@/components/Skeleton";
import { useWhyForbidden } from "@/components/useForbidden";

/** A part of the account that some roles may not see: they are told what it is and whom to ask, and nothing is fetched. */
export function AdminsOnly({ deed, what, children }: { deed: Permission; what: string; children: ReactNode }) {
  const { t } = useTranslation("account");
  const may = usePermission(deed);
  const why = useWhyForbidden(deed);
  if (may === undefined) return <SkeletonRows count={3} height={58} />;
  if (may) return children;
  return (
    <EmptyState title={t("adminsOnly")}>
      <p>{what}</p>
      <p>{why}</p>
    </EmptyState>
  );
}
