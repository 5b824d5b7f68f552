import { IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/me";
import { useCrumbs } from "@/lib/crumbs";

import { openOverlay } from "./overlay";
import { QueuePill } from "./QueuePill";
import styles from "./TopBar.module.css";

/** Where you are, what renders, and the way to anything else. */
export function TopBar() {
  const { t } = useTranslation("shell");
  return (
    <header className={styles.bar}>
      <Crumbs />
      <ViewingOnly />
      <QueuePill />
      <button type="button" className={styles.search} onClick={() => openOverlay("search")}>
        <IconSearch size={15} aria-hidden />
        <span className={styles.searchWords}>{t("search")}</span>
        <kbd className={styles.key} aria-hidden>
          Ctrl K
        </kbd>
      </button>
      <button type="button" className={styles.help} onClick={() => openOverlay("shortcuts")} aria-label={t("shortcuts")}>
        ?
      </button>
    </header>
  );
}

/** Said to a viewer before a button says no. */
function ViewingOnly() {
  const { t } = useTranslation("shell");
  const me = useMe();
  if (me?.role !== "viewer") return null;
  return (
    <span className={styles.viewing} title={t("viewingHelp", { organisation: me.organisation.name })}>
      {t("viewing")}
    </span>
  );
}

function Crumbs() {
  const { t } = useTranslation("shell");
  const crumbs = useCrumbs();
  return (
    <nav aria-label={t("where")} className={styles.crumbs}>
      <ol className="bare">
        {crumbs.map((crumb, place) => (
          <li key={crumb.to ?? crumb.words} data-last={place === crumbs.length - 1 || undefined}>
            {crumb.to ? <Link to={crumb.to}>{crumb.words}</Link> : <span aria-current="page">{crumb.words}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
