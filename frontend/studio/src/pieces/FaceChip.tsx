import styles from "./FaceChip.module.css";
import { VerdictMark, type Verdict } from "./VerdictMark";

interface Props {
  name: string;
  /** A link to the face's picture; without one the initial stands for it. */
  picture?: string | null;
  verdict?: Verdict;
  score?: number | null;
  /** The face alone; the name is said to screen readers and on hovering. */
  small?: boolean;
}

/** A character, as a face with a name. */
export function FaceChip({ name, picture, verdict, score, small = false }: Props) {
  return (
    <span className={styles.chip} data-small={small || undefined} title={small ? name : undefined}>
      <Face name={name} picture={picture} size={small ? 20 : 24} />
      <span className={small ? "unseen" : styles.name}>{name}</span>
      {verdict && <VerdictMark verdict={verdict} score={score} name={name} />}
    </span>
  );
}

/** The face alone, for a screen that says the name beside it. */
export function Face({ name, picture, size }: { name: string; picture?: string | null; size: number }) {
  const round = { width: size, height: size, fontSize: size * 0.45 };
  if (!picture) {
    return (
      <span className={styles.initial} style={round} aria-hidden>
        {name.trim().charAt(0).toUpperCase()}
      </span>
    );
  }
  return <img className={styles.face} style={round} src={picture} alt="" loading="lazy" decoding="async" />;
}
