import { Button, SegmentedControl } from "@mantine/core";
import { IconArrowLeft, IconCircle, IconCircleCheckFilled, IconDownload } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { fileOf, type ShotTake, useShot } from "@/api/film";
import { Forbidden } from "@/components/Forbidden";
import { noteWords } from "@/components/noteWords";
import { useChangedWords } from "@/components/useChangedWords";

import { addressOf, MOST_COMPARED } from "./address";
import { Controls } from "./Controls";
import { Filmstrip } from "./Filmstrip";
import { TakeChart } from "./TakeChart";
import { IdentityReport } from "./IdentityReport";
import { Notes } from "./Notes";
import type { Playback } from "./playback";
import { Receipt } from "./Receipt";
import { Screens } from "./Screens";
import styles from "./TakePage.module.css";
import { SpeechReport } from "./speech/lazily";
import { TakePool } from "./TakePool";
import { useCircling } from "./TakeStrip";
import { usePlayback, usePlaybackKeys } from "./usePlayback";

interface Props {
  projectId: string;
  /** Every take of the shot. */
  takes: readonly ShotTake[];
  /** The take of this page first, then those beside it. */
  shown: readonly ShotTake[];
}

/** The picture, its transport and its identity on one time axis; what is known of it at the side. */
export function Viewer({ projectId, takes, shown }: Props) {
  const take = shown[0] as ShotTake;
  const playback = usePlayback(take.fps, Math.min(...shown.map((one) => one.frames)));
  const [wiped, setWiped] = useState(false);
  usePlaybackKeys(playback);
  const shotId = take.shot_id ?? "";
  const colours = useShot(projectId, shotId)?.staged.colours;
  return (
    <div className={styles.viewer}>
      <div className={styles.main}>
        <Screens takes={shown} playback={playback} wiped={wiped} colours={colours} />
        <Controls playback={playback} />
        <TakeChart take={take} playback={playback} />
        <Filmstrip take={take} playback={playback} />
      </div>
      <aside className={styles.side}>
        <Head projectId={projectId} shotId={shotId} take={take} takes={takes} />
        <Beside projectId={projectId} shotId={shotId} takes={takes} shown={shown} wiped={wiped} onWipe={setWiped} />
        <About take={take} playback={playback} />
      </aside>
    </div>
  );
}

function Head({ projectId, shotId, take, takes }: { projectId: string; shotId: string; take: ShotTake; takes: readonly ShotTake[] }) {
  const { t } = useTranslation("take");
  const { history } = useRouter();
  const circle = useCircling(projectId, shotId);
  const ready = takes.filter((one) => one.state === "SUCCEEDED");
  const place = ready.findIndex((one) => one.id === take.id);
  const go = (other: ShotTake | undefined) => other && history.push(addressOf(projectId, shotId, other.id));
  return (
    <header className={styles.head}>
      <Button variant="subtle" size="compact-sm" leftSection={<IconArrowLeft size={15} aria-hidden />} onClick={() => history.push(`/films/${projectId}/shots/${shotId}`)}>
        {t("toBoard")}
      </Button>
      <div className={styles.titles}>
        <h1>{t("takeNumber", { number: take.number })}</h1>
        <Button size="compact-sm" variant="subtle" disabled={place >= ready.length - 1} onClick={() => go(ready[place + 1])}>
          {t("previous")}
        </Button>
        <Button size="compact-sm" variant="subtle" disabled={place <= 0} onClick={() => go(ready[place - 1])}>
          {t("next")}
        </Button>
      </div>
      <div className={styles.acts}>
        <Forbidden unless="change">
          <Button
            size="xs"
            variant={take.circled ? "filled" : "default"}
            aria-pressed={take.circled}
            leftSection={take.circled ? <IconCircleCheckFilled size={16} aria-hidden /> : <IconCircle size={16} aria-hidden />}
            onClick={() => circle(take)}
          >
            {t(take.circled ? "circled" : "circleThis")}
          </Button>
        </Forbidden>
        <Button size="xs" variant="default" component="a" href={fileOf(take.id, "video")} download leftSection={<IconDownload size={15} aria-hidden />}>
          {t("download")}
        </Button>
        <Receipt take={take} />
      </div>
    </header>
  );
}

interface BesideProps extends Props {
  shotId: string;
  wiped: boolean;
  onWipe: (wiped: boolean) => void;
}

/** Which takes stand beside this one, and how. */
function Beside({ projectId, shotId, takes, shown, wiped, onWipe }: BesideProps) {
  const { t } = useTranslation("take");
  const { history } = useRouter();
  const [first, ...beside] = shown.map((one) => one.id) as [string, ...string[]];
  const others = takes.filter((one) => one.state === "SUCCEEDED" && one.id !== first);
  if (others.length === 0) return null;
  const toggle = (id: string) => {
    const next = beside.includes(id) ? beside.filter((one) => one !== id) : [...beside, id].slice(-(MOST_COMPARED - 1));
    history.push(addressOf(projectId, shotId, first, next));
  };
  return (
    <section className={styles.beside} aria-label={t("compareWith")}>
      <span className="soft">{t("compareWith")}</span>
      {others.map((one) => (
        <Button key={one.id} size="compact-xs" variant={beside.includes(one.id) ? "filled" : "default"} aria-pressed={beside.includes(one.id)} onClick={() => toggle(one.id)}>
          {one.number}
        </Button>
      ))}
      {beside.length === 1 && (
        <SegmentedControl
          size="xs"
          value={wiped ? "wipe" : "side"}
          onChange={(value) => onWipe(value === "wipe")}
          data={[
            { value: "side", label: t("sideBySide") },
            { value: "wipe", label: t("wipe") },
          ]}
        />
      )}
    </section>
  );
}

/** What is known of a take, beside its picture. */
export function About({ take, playback }: { take: ShotTake; playback: Playback }) {
  const { t } = useTranslation("take");
  const { t: common } = useTranslation("common");
  const changedWords = useChangedWords();
  const remarks = take.notes.map((note) => noteWords(common, note)).filter(Boolean);
  return (
    <>
      <section>
        <p>{take.prompt}</p>
        <p className="faint">{t("facts", { size: take.size.replace("x", " × "), seconds: take.seconds, seed: take.seed, model: take.model })}</p>
        <TakePool pool={take.pool} />
        {take.stale.length > 0 && <p className={styles.stale}>{t("stale", { changes: changedWords(take.changed) })}</p>}
      </section>
      {take.identity && <IdentityReport identity={take.identity} />}
      {take.speech && (
        <Suspense fallback={null}>
          <SpeechReport take={take} />
        </Suspense>
      )}
      <Notes takeId={take.id} playback={playback} />
      {remarks.length > 0 && (
        <section>
          <h2 className={styles.title}>{t("remarks")}</h2>
          <ul className={styles.remarks}>
            {remarks.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
