import { useState } from "react";

import styles from "./Face.module.css";

/** A round face, or the initial that stands for it; the name is said beside it. */
export function Face({ name, picture, size }: { name: string; picture?: string | null; size: number }) {
  const round = { width: size, height: size, fontSize: size * 0.45 };
  const [lost, setLost] = useState<string | null>(null);
  if (!picture || lost === picture) {
    return (
      <span className={styles.initial} style={round} aria-hidden>
        {name.trim().charAt(0).toUpperCase()}
      </span>
    );
  }
  return <img className={styles.face} style={round} src={picture} alt="" loading="lazy" decoding="async" onError={() => setLost(picture)} />;
}
