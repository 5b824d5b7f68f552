import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { errorWords } from "./errorWords";
import styles from "./ErrorNotice.module.css";

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** A way out that only this place knows. */
  children?: ReactNode;
}

/** An error in place: what happened, what was kept, what to do. */
export function ErrorNotice({ error, onRetry, children }: Props) {
  const { t } = useTranslation("common");
  const { title, help, again } = errorWords(error, t);
  return (
    <div className={styles.notice} role="alert">
      <IconAlertTriangle size={18} aria-hidden className={styles.sign} />
      <div className={styles.words}>
        <strong>{title}</strong>
        <p>{help}</p>
        {children}
      </div>
      {onRetry && again && (
        <Button size="xs" variant="default" onClick={onRetry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
