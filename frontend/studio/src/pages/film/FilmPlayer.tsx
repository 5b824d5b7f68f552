import { Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { CutPlan } from "@/api/cuts";
import { fileOf, takeOf } from "@/api/film";
import { fileOfAmbience } from "@/components/ambience";
import { GradeFilter, gradeStyle } from "@/components/Graded";
import { PictureFrame, PictureRetry } from "@/components/PictureFrame";
import { usePicture } from "@/components/usePicture";
import { Controls } from "@/pages/takes/Controls";
import type { SpokenLine } from "@/pages/takes/speech/Captions";
import { Captions, ListeningKnobs } from "@/pages/takes/speech/lazily";
import { useListening } from "@/pages/takes/speech/useListening";
import { useFrame, usePlaybackKeys, useTicks } from "@/pages/takes/usePlayback";

import { FilmPlayback } from "./filmPlayback";
import styles from "./Film.module.css";

interface Props {
  plan: CutPlan;
  /** The shot to begin with. */
  from?: string | null;
}

/** The film without a gap, from any shot: the picture, what it shows, its transport, and every shot to go to. */
export function FilmPlayer({ plan, from }: Props) {
  const playback = useFilm(plan, from);
  usePlaybackKeys(playback);
  return (
    <div className={styles.player}>
      <Picture plan={plan} playback={playback} />
      <Controls playback={playback} />
      <Shots plan={plan} playback={playback} />
    </div>
  );
}

/** A clock for just these takes: while they stay the same, an answer that comes anew does not stop it. */
function useFilm(plan: CutPlan, from: string | null | undefined): FilmPlayback {
  const told = JSON.stringify([plan.fps, plan.entries.map(({ take_id, frames }) => ({ url: fileOf(take_id, "video"), frames }))]);
  const [first] = useState(() => plan.entries.findIndex((entry) => entry.shot_id === from)); // asked once
  const playback = useMemo(() => {
    const [fps, parts] = JSON.parse(told) as [number, { url: string; frames: number }[]];
    return new FilmPlayback(fps, parts, Math.max(0, first));
  }, [told, first]);
  useTicks(playback);
  useEffect(() => {
    playback.toggle();
    return playback.stop;
  }, [playback]);
  return playback;
}

function usePlace(playback: FilmPlayback): number {
  return useSyncExternalStore(playback.subscribe, () => playback.place);
}

function Picture({ plan, playback }: { plan: CutPlan; playback: FilmPlayback }) {
  const { t } = useTranslation("film");
  const front = useSyncExternalStore(playback.subscribe, () => playback.front);
  const place = usePlace(playback);
  const entry = plan.entries[place];
  const listening = useListening();
  const { data: take } = useQuery({ ...takeOf(entry?.take_id ?? ""), enabled: entry !== undefined });
  const [width, height] = plan.size.split("x");
  return (
    <figure className={styles.picture} style={{ aspectRatio: `${width} / ${height}`, width: `min(100%, 56vh * ${width} / ${height})` }} aria-label={t("film", { name: plan.name })}>
      {[0, 1].map((slot) => (
        <ScreenOf key={slot} slot={slot} plan={plan} playback={playback} seen={slot === front} heard={listening.sound && slot === front} />
      ))}
      {take?.speech && (
        <Suspense fallback={null}>
          {listening.captions && <Reading speech={take.speech} playback={playback} place={place} />}
          <div className={styles.listening}>
            <ListeningKnobs {...listening} />
          </div>
        </Suspense>
      )}
      {entry?.ambience && listening.sound && <PlaceSound key={entry.ambience} ambience={entry.ambience} playback={playback} />}
      {entry && (
        <figcaption className={styles.label}>
          {entry.number} · {entry.take}
          {!entry.circled && <span className={styles.uncircled}>{t("notCircled")}</span>}
        </figcaption>
      )}
    </figure>
  );
}

function Reading({ speech, playback, place }: { speech: readonly SpokenLine[]; playback: FilmPlayback; place: number }) {
  const frame = useFrame(playback);
  return <Captions speech={speech} moment={(frame - playback.startOf(place)) / playback.fps} />;
}

function ScreenOf({ slot, plan, playback, seen, heard }: { slot: number; plan: CutPlan; playback: FilmPlayback; seen: boolean; heard: boolean }) {
  const held = useSyncExternalStore(playback.subscribe, () => playback.heldBy(slot));
  const colours = held === null ? null : plan.entries[held]?.colours;
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => (video.current ? playback.attach(slot, video.current) : undefined), [playback, slot]);
  return (
    <>
      <GradeFilter colours={colours} />
      <video ref={video} style={gradeStyle(colours)} data-seen={seen || undefined} aria-hidden muted={!heard} playsInline preload="auto" tabIndex={-1} onClick={playback.toggle}>
        <track kind="captions" />
      </video>
    </>
  );
}

/** The sound of the place, while the film runs. */
function PlaceSound({ ambience, playback }: { ambience: string; playback: FilmPlayback }) {
  const audio = useRef<HTMLAudioElement>(null);
  const runs = useSyncExternalStore(playback.subscribe, () => playback.speed > 0);
  useEffect(() => {
    if (runs) audio.current?.play().catch(() => undefined); // the browser forbids it until something was pressed
    else audio.current?.pause();
  }, [runs]);
  return (
    <audio ref={audio} src={fileOfAmbience(ambience)} loop aria-hidden>
      <track kind="captions" />
    </audio>
  );
}

/** Every shot as a picture: press one to play on from there. */
function Shots({ plan, playback }: { plan: CutPlan; playback: FilmPlayback }) {
  const { t } = useTranslation("film");
  const place = usePlace(playback);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.children[place]?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [place]);
  return (
    <ol ref={list} className={`bare ${styles.shots}`} aria-label={t("shots")}>
      {plan.entries.map((entry, at) => (
        <ShotPicture key={entry.shot_id} entry={entry} here={at === place} onPress={() => playback.playFrom(at)} />
      ))}
    </ol>
  );
}

function ShotPicture({ entry, here, onPress }: { entry: CutPlan["entries"][number]; here: boolean; onPress: () => void }) {
  const { t } = useTranslation("film");
  const picture = usePicture(fileOf(entry.take_id, "thumbnail"));
  return (
    <li>
      <button type="button" className={`plain ${styles.shot}`} aria-current={here || undefined} aria-label={t("fromShot", { number: entry.number })} onClick={onPress}>
        <GradeFilter colours={entry.colours} />
        <span className={styles.still}>{picture && <PictureFrame picture={picture} style={gradeStyle(entry.colours)} />}</span>
        <span>{entry.number}</span>
      </button>
      <PictureRetry picture={picture} over={styles.retry} />
    </li>
  );
}
