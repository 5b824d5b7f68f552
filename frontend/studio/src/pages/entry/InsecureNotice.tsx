import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import styles from "./Entry.module.css";

/** Why nobody can sign in over this connection, and what each of those concerned can do. */
export function InsecureNotice() {
  const { t } = useTranslation("entry");
  const { port } = location;
  return (
    <div className={styles.insecure} role="alert">
      <strong>
        <IconLock size={16} aria-hidden /> {t("insecure")}
      </strong>
      <p>{t("insecureWhy")}</p>
      <ul>
        <li>{t("insecureOperator")}</li>
        <li>{t("insecureHere", { address: `http://127.0.0.1${port && `:${port}`}` })}</li>
        <li>{t("insecureKeys")}</li>
      </ul>
    </div>
  );
}
