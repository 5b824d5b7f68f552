import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { dismiss, useToasts } from "@/lib/toasts";

import styles from "./Toasts.module.css";

/** The one stack of messages. */
export function Toasts() {
  const { t } = useTranslation("shell");
  const toasts = useToasts();
  return (
    <section className={styles.stack} aria-label={t("messages")} aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={styles.toast} data-tone={toast.tone} role={toast.tone === "bad" ? "alert" : undefined}>
          <p>{toast.words}</p>
          {toast.action && (
            <button
              type="button"
              className={styles.action}
              onClick={() => {
                toast.action?.act();
                dismiss(toast.id);
              }}
            >
              {toast.action.words}
            </button>
          )}
          <button type="button" className={styles.close} aria-label={t("dismiss")} onClick={() => dismiss(toast.id)}>
            <IconX size={15} aria-hidden />
          </button>
        </div>
      ))}
    </section>
  );
}
