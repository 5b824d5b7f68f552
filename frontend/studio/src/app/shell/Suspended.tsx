import { useTranslation } from "react-i18next";

import { useMe } from "@/api/me";
import { PageLink } from "@/components/PageLink";
import { dayOf } from "@/lib/dates";

import styles from "./Shell.module.css";

/** Says on every page that the organisation may do nothing new, and whom to write to. */
export function Suspended() {
  const { t } = useTranslation("shell");
  const me = useMe();
  if (!me?.organisation.suspension) return null;
  const { since, contact } = me.organisation.suspension;
  return (
    <p className={styles.suspended} role="status">
      {t("suspended", { organisation: me.organisation.name, since: dayOf(since), contact })}{" "}
      {me.scopes.includes("members") && <PageLink to="/account/credits">{t("suspendedPlan")}</PageLink>}
    </p>
  );
}
