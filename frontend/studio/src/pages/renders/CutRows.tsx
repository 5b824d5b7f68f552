import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { filmFileOf, isUnderWay, playAddressOf, retryCut, type Cut } from "@/api/cuts";
import { keys } from "@/api/queries";
import { momentOf } from "@/lib/dates";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Forbidden } from "@/components/Forbidden";
import { PageLink } from "@/components/PageLink";
import { UnderWay } from "@/pages/film/DownloadFilm";

import styles from "./Renders.module.css";
import type { Filter } from "./useFilter";

/** Films as files, newest first, above the takes that they are made of. */
export function CutRows({ filter }: { filter: Filter }) {
  const { t } = useTranslation("film");
  const state = filter === "ALL" || filter === "QUARANTINED" ? undefined : filter; // a film is never set aside
  const { data: cuts = [] } = useQuery({
    queryKey: [...keys.cuts, "list", filter],
    queryFn: async () => (await answer(api.GET("/v1/cuts", { params: { query: { state } } }))).data,
    enabled: filter !== "QUARANTINED",
  });
  if (cuts.length === 0) return null;
  return (
    <section aria-label={t("films")}>
      <h2 className={styles.films}>{t("films")}</h2>
      <ul className={`bare ${styles.rows}`}>
        {cuts.map((cut) => (
          <CutRow key={cut.id} cut={cut} />
        ))}
      </ul>
    </section>
  );
}

function CutRow({ cut }: { cut: Cut }) {
  const { t } = useTranslation("film");
  const { t: projects } = useTranslation("projects");
  return (
    <li className={`${styles.row} ${styles.film}`}>
      <div className={styles.words}>
        <p className={styles.prompt}>
          <PageLink to={playAddressOf(cut.project_id)}>{cut.name}</PageLink>
        </p>
        <p className="faint tabular">
          {t("facts", {
            size: cut.size.replace("x", " × "),
            frames: cut.frames,
            fps: cut.fps,
            shots: projects("shot", { count: cut.shots }),
            made: momentOf(cut.created_at),
          })}
          {cut.left_out > 0 && ` · ${t("leftOut", { count: cut.left_out })}`}
        </p>
      </div>
      <div className={styles.state}>
        {isUnderWay(cut) && <UnderWay cut={cut} />}
        {cut.state === "SUCCEEDED" && (
          <Button size="xs" variant="default" component="a" href={filmFileOf(cut.id)} download>
            {t("download")}
          </Button>
        )}
        {!isUnderWay(cut) && cut.state !== "SUCCEEDED" && <GivenUp cut={cut} />}
      </div>
    </li>
  );
}

/** Why there is no film, and the way to it after all. */
function GivenUp({ cut }: { cut: Cut }) {
  const { t } = useTranslation("film");
  const client = useQueryClient();
  const retry = useMutation({ mutationFn: () => retryCut(cut.id), onSettled: () => client.invalidateQueries({ queryKey: keys.cuts }) });
  return (
    <>
      <strong>{t(`states.${cut.state}`)}</strong>
      {cut.failure && <p>{cut.failure.message}</p>}
      <Forbidden unless="change">
        <Button size="compact-xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
          {t("retry")}
        </Button>
      </Forbidden>
      {retry.error && <ErrorNotice error={retry.error} />}
    </>
  );
}
