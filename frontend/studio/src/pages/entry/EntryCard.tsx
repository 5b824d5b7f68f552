import type { ReactNode } from "react";

import { Preferences } from "@/app/shell/Preferences";

import styles from "./Entry.module.css";

/** The frame of the pages before one is signed in. */
export function EntryCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.entry}>
      <main className={styles.card}>
        <img src="/static/icon.svg" width={40} height={40} alt="Dramatis" />
        <h1 className={styles.title}>{title}</h1>
        {children}
      </main>
      <div className={styles.corner}>
        <Preferences />
      </div>
    </div>
  );
}
