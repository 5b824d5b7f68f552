import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { fileOf } from "@/api/film";
import { useLive } from "@/lib/live";
import { addressOf } from "@/pages/takes/address";
import { TakeProgress } from "@/pages/takes/TakeProgress";
import { isOver } from "@/pages/takes/takeState";
import { TakeTrouble } from "@/pages/takes/TakeTrouble";
import { ErrorNotice } from "@/components/ErrorNotice";
import { VerdictMark } from "@/components/VerdictMark";

import styles from "./Renders.module.css";

/** One take: what it shows, how far it is, and what can be done about it. */
export function RenderRow({ take }: { take: Schemas["TakeSummary"] }) {
  const { t, i18n } = useTranslation("renders");
  const live = useLive(take.id);
  const ready = take.state === "SUCCEEDED";
  const picture = ready ? fileOf(take.id, "thumbnail") : isOver(take.state) ? undefined : live.preview;
  return (
    <li className={styles.row}>
      <span className={`frame ${styles.picture}`}>{picture && <img src={picture} alt="" loading="lazy" decoding="async" />}</span>
      <div className={styles.words}>
        <p className={styles.prompt}>{take.prompt}</p>
        <p className="faint tabular">
          {t("facts", {
            size: take.size.replace("x", " × "),
            seconds: take.seconds,
            model: take.model,
            made: new Date(take.created_at).toLocaleString(i18n.language),
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

/** To the take's page: among the others of its shot, or alone. */
function Open({ take }: { take: Schemas["TakeSummary"] }) {
  const { t } = useTranslation("renders");
  const { history } = useRouter();
  const find = useMutation({
    mutationFn: (shotId: string) => answer(api.GET("/v1/shots/{shot_id}", { params: { path: { shot_id: shotId } } })),
    onSuccess: (shot) => history.push(addressOf(shot.project_id, shot.id, take.id)),
  });
  const open = () => (take.shot_id ? find.mutate(String(take.shot_id)) : history.push(`/renders/${take.id}`));
  return (
    <>
      <Button size="xs" variant="default" loading={find.isPending} onClick={open}>
        {t("open")}
      </Button>
      {find.error && <ErrorNotice error={find.error} />}
    </>
  );
}
