import { Button, CopyButton } from "@mantine/core";
import { useTranslation } from "react-i18next";

import styles from "./Account.module.css";

/** Something that is shown this once. */
export function Secret({ words, value }: { words: string; value: string }) {
  const { t } = useTranslation("common");
  return (
    <div className={styles.secret} role="status">
      <p>{words}</p>
      <p className="mono">{value}</p>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy}>
            {t(copied ? "copied" : "copy")}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
