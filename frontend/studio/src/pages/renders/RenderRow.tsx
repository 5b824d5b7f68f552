import { Button } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { fileOf } from "@/api/film";
import { momentOf } from "@/lib/dates";
import { useLive } from "@/lib/live";
import { addressOf } from "@/pages/takes/address";
import { TakeProgress } from "@/pages/takes/TakeProgress";
import { isOver } from "@/pages/takes/takeState";
import { TakeTrouble } from "@/pages/takes/TakeTrouble";
import { PageLink } from "@/components/PageLink";
import { SafePicture } from "@/components/PictureFrame";
import { VerdictMark } from "@/components/VerdictMark";

import styles from "./Renders.module.css";

/** One take: what it shows, how far it is, and what can be done about it. */
export function RenderRow({ take }: { take: Schemas["TakeSummary"] }) {
  const { t } = useTranslation("renders");
  const live = useLive(take.id);
  const ready = take.state === "SUCCEEDED";
  const picture = ready ? fileOf(take.id, "thumbnail") : isOver(take.state) ? undefined : live.preview;
  return (
    <li className={styles.row}>
      <span className={`frame ${styles.picture}`}>{picture && <SafePicture src={picture} />}</span>
      <div className={styles.words}>
        {take.slate && <SlateLink slate={take.slate} takeId={take.id} />}
        <p className={styles.prompt}>{take.prompt}</p>
        <p className="faint tabular">
          {t("facts", {
            size: take.size.replace("x", " × "),
            seconds: take.seconds,
            model: take.model,
            made: momentOf(take.created_at),
          })}
        </p>
        <span>
          {take.identity?.map((one) => (
            <VerdictMark key={one.character_id} verdict={one.verdict} score={one.score} name={one.character_name} />
          ))}
        </span>
      </div>
      <div className={styles.state}>
        {!isOver(take.state) && <TakeProgress take={take} />}
        {isOver(take.state) && !ready && <TakeTrouble take={take} />}
        {ready && <Open take={take} />}
        {ready && take.timings.render_s !== null && <span className="faint">{t("took", { seconds: take.timings.render_s.toFixed(1) })}</span>}
      </div>
    </li>
  );
}

/** `The Letter · 2A · T3`: to the take among the others of its shot; of a shot that has left its board, words alone. */
function SlateLink({ slate, takeId }: { slate: Schemas["SlateView"]; takeId: string }) {
  const words = [slate.film, slate.shot, slate.take].filter(Boolean).join(" · ");
  if (slate.shot === null) return <p>{words}</p>;
  return (
    <p>
      <PageLink to={addressOf(slate.project_id, slate.shot_id, takeId)}>{words}</PageLink>
    </p>
  );
}

/** To the take's page: among the others of its shot, or alone. */
function Open({ take }: { take: Schemas["TakeSummary"] }) {
  const { t } = useTranslation("renders");
  const { history } = useRouter();
  const to = take.slate?.shot ? addressOf(take.slate.project_id, take.slate.shot_id, take.id) : `/renders/${take.id}`;
  return (
    <Button size="xs" variant="default" onClick={() => history.push(to)}>
      {t("open")}
    </Button>
  );
}
