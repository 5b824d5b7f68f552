import type { Schemas } from "@/api/client";

import styles from "./Speech.module.css";

export type SpokenLine = Schemas["SpokenLine"];

const LEAST_S = 0.8; // shorter than that nobody reads

/** The line that is said at a moment, over the lower edge of the picture. */
export function Captions({ speech, moment }: { speech: readonly SpokenLine[]; moment: number }) {
  const now = speech.filter((line) => line.start_s <= moment && moment < Math.max(line.end_s, line.start_s + LEAST_S));
  if (now.length === 0) return null;
  return (
    <p className={styles.captions}>
      {now.map((line) => (
        <span key={line.line_id}>{line.text}</span>
      ))}
    </p>
  );
}
