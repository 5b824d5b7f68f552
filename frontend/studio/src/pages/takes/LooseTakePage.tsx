import { Button } from "@mantine/core";
import { IconArrowLeft, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { fileOf, takeOf, type ShotTake } from "@/api/film";
import { usePlace } from "@/lib/crumbs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import { addressOf } from "./address";
import { Controls } from "./Controls";
import { Filmstrip } from "./Filmstrip";
import { TakeChart } from "./TakeChart";
import { Receipt } from "./Receipt";
import { Screens } from "./Screens";
import styles from "./TakePage.module.css";
import { TakePool } from "./TakePool";
import { TakeProgress } from "./TakeProgress";
import { isOver, type AnyTake } from "./takeState";
import { TakeTrouble } from "./TakeTrouble";
import { usePlayback, usePlaybackKeys } from "./usePlayback";
import { About } from "./Viewer";

/** A take by its id alone: one that the API or the command line made, without a shot. One of a shot is shown on the film's page. */
export function LooseTakePage() {
  const { t } = useTranslation("renders");
  const { t: shell } = useTranslation("shell");
  const { takeId = "" } = useParams({ strict: false }) as Record<string, string>;
  const { data: take, error, refetch } = useQuery(takeOf(takeId));
  usePlace([{ words: shell("renders"), to: "/renders" }, { words: t("loose") }]);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!take) return <Skeleton height="58vh" style={{ margin: 20 }} />;
  if (take.shot_id) return <OnFilm takeId={take.id} shotId={take.shot_id} />;
  return take.state === "SUCCEEDED" ? <Loaded take={take} /> : <Unfinished take={take} />;
}

/** To where a shot's take stands among the others of the shot. */
function OnFilm({ takeId, shotId }: { takeId: string; shotId: string }) {
  const { history } = useRouter();
  const { data: shot, error } = useQuery({
    queryKey: ["shot", shotId],
    queryFn: () => answer(api.GET("/v1/shots/{shot_id}", { params: { path: { shot_id: shotId } } })),
  });
  useEffect(() => {
    if (shot) history.replace(addressOf(shot.project_id, shot.id, takeId));
  }, [history, shot, takeId]);
  return error ? <ErrorNotice error={error} /> : <Skeleton height="58vh" style={{ margin: 20 }} />;
}

function Unfinished({ take }: { take: AnyTake }) {
  const { t } = useTranslation("renders");
  return (
    <div className={`page ${styles.unfinished}`}>
      <h1>{t("loose")}</h1>
      <p className="soft">{take.prompt}</p>
      <TakePool pool={take.pool} />
      {isOver(take.state) ? <TakeTrouble take={take} /> : <TakeProgress take={take} />}
    </div>
  );
}

function Loaded({ take: alone }: { take: Schemas["TakeView"] }) {
  const take: ShotTake = { ...alone, number: "", suggested: false, circled: false, stale: [], changed: [] };
  const playback = usePlayback(take.fps, take.frames);
  usePlaybackKeys(playback);
  return (
    <div className={styles.viewer}>
      <div className={styles.main}>
        <Screens takes={[take]} playback={playback} wiped={false} />
        <Controls playback={playback} />
        <TakeChart take={take} playback={playback} />
        <Filmstrip take={take} playback={playback} />
      </div>
      <aside className={styles.side}>
        <Head take={take} />
        <About take={take} playback={playback} />
      </aside>
    </div>
  );
}

function Head({ take }: { take: ShotTake }) {
  const { t } = useTranslation("renders");
  const { t: words } = useTranslation("take");
  const { history } = useRouter();
  return (
    <header className={styles.head}>
      <Button variant="subtle" size="compact-sm" leftSection={<IconArrowLeft size={15} aria-hidden />} onClick={() => history.push("/renders")}>
        {t("back")}
      </Button>
      <div className={styles.titles}>
        <h1>{t("loose")}</h1>
      </div>
      <div className={styles.acts}>
        <Button size="xs" variant="default" component="a" href={fileOf(take.id, "video")} download leftSection={<IconDownload size={15} aria-hidden />}>
          {words("download")}
        </Button>
        <Receipt take={take} />
      </div>
    </header>
  );
}
