import type { ReactNode } from "react";

import styles from "./Account.module.css";

/** One thing with its facts and what can be done to it. */
export function Row({ title, facts, children }: { title: ReactNode; facts: ReactNode; children?: ReactNode }) {
  return (
    <li className={styles.row}>
      <div className={styles.words}>
        <strong>{title}</strong>
        <span className="faint">{facts}</span>
      </div>
      {children}
    </li>
  );
}
