import { useTranslation } from "react-i18next";

import { RenderAgain } from "./RenderAgain";
import { worthRetrying, type AnyTake } from "./takeState";
import styles from "./TakeProgress.module.css";

const CODES = [
  "bad_request", "bad_source", "bad_reference", "model_unavailable", "out_of_memory", "upload_failed", "engine_error", "engine_lost", "version_mismatch",
  "identity_below_minimum",
] as const;

/** Why a take has no clip, and what to do about it. */
export function TakeTrouble({ take }: { take: AnyTake }) {
  const { t } = useTranslation("take");
  const code = CODES.find((one) => one === take.failure?.code);
  const help = take.state === "FAILED" || take.state === "QUARANTINED" ? (code ? t(`help.${code}`) : t("help.other")) : null;
  return (
    <div className={styles.progress}>
      <strong>{t(`states.${take.state}`)}</strong>
      {take.failure && <p>{take.failure.message}</p>}
      {take.state === "CONSENT_BLOCKED" && <p>{t("help.consent")}</p>}
      {help && <p className="soft">{help}</p>}
      {worthRetrying(take) && take.shot_id && <RenderAgain shotId={take.shot_id} />}
    </div>
  );
}
