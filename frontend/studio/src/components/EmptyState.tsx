import type { ReactNode } from "react";

import styles from "./EmptyState.module.css";

interface Props {
  title: string;
  /** What this place is for, and how it fills. */
  children?: ReactNode;
  picture?: ReactNode;
  /** The one thing to do next, and what else there is. */
  actions?: ReactNode;
}

/** A place where nothing is yet: it teaches what it is for. */
export function EmptyState({ title, children, picture, actions }: Props) {
  return (
    <section className={styles.empty}>
      {picture && <div className={styles.picture}>{picture}</div>}
      <h2 className={styles.title}>{title}</h2>
      {children && <div className={styles.words}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </section>
  );
}
