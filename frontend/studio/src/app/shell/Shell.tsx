import { useQueryClient } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useFeed } from "@/lib/feed";

import { Overlays } from "./Overlays";
import { Rail } from "./Rail";
import styles from "./Shell.module.css";
import { Suspended } from "./Suspended";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";

/** The frame around every page of somebody who is signed in. */
export function Shell() {
  const { t } = useTranslation("shell");
  const connected = useFeed(useQueryClient());
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#page">
        {t("skip")}
      </a>
      <Rail />
      <TopBar />
      <main id="page" className={styles.page} tabIndex={-1}>
        <Suspended />
        {!connected && (
          <p className={styles.lost} role="status">
            {t("lost")}
          </p>
        )}
        <Outlet />
      </main>
      <Toasts />
      <Overlays />
    </div>
  );
}
