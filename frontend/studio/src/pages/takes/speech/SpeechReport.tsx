import { IconCheck, IconTilde, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { ShotTake } from "@/api/film";

import type { SpokenLine } from "./Captions";
import styles from "./Speech.module.css";

const SHAPES = { pass: IconCheck, fail: IconX, unscored: IconTilde };

/** How well each line is said in the finished clip, by listening to it; and its subtitles to take along. */
export function SpeechReport({ take }: { take: Pick<ShotTake, "id" | "speech" | "characters"> }) {
  const { t } = useTranslation("speech");
  const { speech } = take;
  if (!speech?.length) return null;
  return (
    <section aria-labelledby="speech">
      <h2 id="speech" className={styles.title}>
        {t("report")}
      </h2>
      {speech.map((line) => (
        <article key={line.line_id} className={styles.line}>
          <h3 className={styles.said}>
            <Mark verdict={line.verdict} />
            {take.characters.find((one) => one.character_id === line.character_id)?.name ?? t("narrator")}: {line.text}
          </h3>
          <p className="faint">{figures(line, t)}</p>
          {line.heard && line.verdict !== "pass" && <p className="faint">{t("heardAs", { sounds: line.heard })}</p>}
        </article>
      ))}
      <p className={styles.links}>
        {t("subtitles")}:{" "}
        {(["vtt", "srt"] as const).map((format) => (
          <a key={format} href={`/v1/takes/${take.id}/subtitles?format=${format}`} download>
            {{ vtt: "WebVTT", srt: "SRT" }[format]}
          </a>
        ))}
      </p>
    </section>
  );
}

function Mark({ verdict }: { verdict: SpokenLine["verdict"] }) {
  const { t } = useTranslation("speech");
  const Shape = SHAPES[verdict];
  const words = t(`verdicts.${verdict}`);
  return (
    <span className={styles.mark} data-verdict={verdict} title={words}>
      <Shape size={12} stroke={3} aria-hidden />
      <span className="unseen">{words}</span>
    </span>
  );
}

function figures(line: SpokenLine, t: ReturnType<typeof useTranslation<"speech">>["t"]): string {
  const share = (part: number) => Math.round(100 * part);
  return [
    t("when", { start: line.start_s.toFixed(2), end: line.end_s.toFixed(2) }),
    line.phoneme_error !== null && t("soundError", { share: share(line.phoneme_error) }),
    line.class_error !== null && t("classError", { share: share(line.class_error) }),
    line.offset_ms !== null && t(line.offset_ms < 0 ? "early" : "offset", { ms: Math.abs(Math.round(line.offset_ms)) }),
  ]
    .filter(Boolean)
    .join(" · ");
}
