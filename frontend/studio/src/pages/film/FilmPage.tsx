import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useParams, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { cutPlanOf, type CutPlan } from "@/api/cuts";
import { usePlace } from "@/lib/crumbs";
import { useShortcuts } from "@/lib/shortcuts";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageLink } from "@/components/PageLink";
import { Skeleton } from "@/components/Skeleton";

import { DownloadFilm } from "./DownloadFilm";
import styles from "./Film.module.css";
import { FilmPlayer } from "./FilmPlayer";

/** A film as it stands: watched from any shot, and saved as one file. */
export function FilmPage() {
  const { t } = useTranslation("film");
  const { t: shell } = useTranslation("shell");
  const { projectId = "" } = useParams({ strict: false }) as Record<string, string | undefined>;
  const { history } = useRouter();
  const from = new URLSearchParams(useLocation().searchStr).get("from");
  const { data: plan, error, refetch } = useQuery(cutPlanOf(projectId));
  const board = `/films/${projectId}`;
  usePlace([{ words: shell("projects"), to: "/" }, { words: plan?.name ?? "…", to: board }, { words: t("title") }]);
  useShortcuts(useMemo(() => [{ keys: ["Escape"], words: t("toBoard"), act: () => history.push(board) }], [history, board, t]));
  return (
    <div className={`page ${styles.page}`}>
      <h1 className="unseen">{plan ? t("film", { name: plan.name }) : t("title")}</h1>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!plan && !error && <Skeleton height={420} />}
      {plan?.entries.length === 0 && (
        <EmptyState title={t("empty")} actions={<Button onClick={() => history.push(board)}>{t("toBoard")}</Button>}>
          <p>{t("emptyHelp")}</p>
        </EmptyState>
      )}
      {plan && plan.entries.length > 0 && (
        <>
          <FilmPlayer plan={plan} from={from} />
          <footer className={styles.foot}>
            <Missing plan={plan} />
            <DownloadFilm plan={plan} />
          </footer>
        </>
      )}
    </div>
  );
}

/** The shots that the film is without, each with the reason and the way to it. */
export function Missing({ plan }: { plan: CutPlan }) {
  const { t } = useTranslation("film");
  if (plan.missing.length === 0) return <p className="faint">{t("whole", { count: plan.entries.length })}</p>;
  return (
    <div>
      <p>{t("missing", { count: plan.missing.length })}</p>
      <ul className={`bare ${styles.missing}`}>
        {plan.missing.map((shot) => {
          const to = `/films/${plan.project_id}/shots/${shot.shot_id}`;
          return (
            <li key={shot.shot_id}>
              <PageLink to={to}>{shot.number}</PageLink>{" "}
              <span className="faint">{t(`why.${shot.why}`)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
