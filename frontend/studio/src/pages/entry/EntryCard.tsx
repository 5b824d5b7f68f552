import type { ReactNode } from "react";

import { Preferences } from "@/app/shell/Preferences";

import styles from "./Entry.module.css";
import { InsecureNotice } from "./InsecureNotice";
import { useSignInOptions } from "./OidcButton";

/** The frame of the pages before one is signed in; where a session could be overheard it says so, and asks for nothing. */
export function EntryCard({ title, children }: { title: string; children: ReactNode }) {
  const safe = useSignInOptions().data?.safe ?? true;
  return (
    <div className={styles.entry}>
      <main className={styles.card}>
        <img src="/static/icon.svg" width={40} height={40} alt="Dramatis" />
        <h1 className={styles.title}>{title}</h1>
        {safe ? children : <InsecureNotice />}
      </main>
      <div className={styles.corner}>
        <Preferences />
      </div>
    </div>
  );
}
