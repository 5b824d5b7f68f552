import { useQuery } from "@tanstack/react-query";
import { useLocation, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { boardOf, takesOf, useShot, type ShotTake } from "@/api/film";
import { usePlace } from "@/lib/crumbs";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import { MOST_COMPARED } from "./address";
import { TakePool } from "./TakePool";
import { TakeProgress } from "./TakeProgress";
import styles from "./TakePage.module.css";
import { isOver } from "./takeState";
import { TakeTrouble } from "./TakeTrouble";
import { Viewer } from "./Viewer";

/** One take, as large as the window allows; with `?with=`, up to four in locked playback. */
export function TakePage() {
  const { t } = useTranslation("take");
  const { t: shell } = useTranslation("shell");
  const { projectId = "", shotId = "", takeId = "" } = useParams({ strict: false }) as Record<string, string>;
  const beside = useBeside();
  const { data: film } = useQuery(boardOf(projectId));
  const shot = useShot(projectId, shotId);
  const { data: takes, error, refetch } = useQuery(takesOf(shotId));
  const take = takes?.find((one) => one.id === takeId);
  usePlace([
    { words: shell("projects"), to: "/" },
    { words: film?.project.name ?? "…", to: `/films/${projectId}` },
    { words: shot?.number ?? "…", to: `/films/${projectId}/shots/${shotId}` },
    { words: take?.number ?? "…" },
  ]);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!takes) return <Skeleton height="58vh" style={{ margin: 20 }} />;
  if (!take) return <EmptyState title={t("missing")}>{shell("lostPageHelp")}</EmptyState>;
  const compared = beside.map((id) => takes.find((one) => one.id === id)).filter((one) => one?.state === "SUCCEEDED") as ShotTake[];
  if (take.state !== "SUCCEEDED") return <Unfinished take={take} />;
  return <Viewer key={take.id} projectId={projectId} takes={takes} shown={[take, ...compared]} />;
}

/** Ids of the takes that are compared with the first. */
function useBeside(): string[] {
  const { searchStr } = useLocation();
  const named = new URLSearchParams(searchStr).get("with") ?? "";
  return named.replaceAll('"', "").split(",").filter(Boolean).slice(0, MOST_COMPARED - 1);
}

function Unfinished({ take }: { take: ShotTake }) {
  const { t } = useTranslation("take");
  return (
    <div className={`page ${styles.unfinished}`}>
      <h1>{t("takeNumber", { number: take.number })}</h1>
      <p className="soft">{take.prompt}</p>
      <TakePool pool={take.pool} />
      {isOver(take.state) ? <TakeTrouble take={take} /> : <TakeProgress take={take} />}
    </div>
  );
}
