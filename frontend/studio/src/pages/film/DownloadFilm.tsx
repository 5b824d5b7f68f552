import { Button, Progress } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { cancelCut, cutOf, filmFileOf, isUnderWay, makeCut, type Cut, type CutPlan } from "@/api/cuts";
import { takeOf } from "@/api/film";
import { keys } from "@/api/queries";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Forbidden } from "@/components/Forbidden";

import styles from "./Film.module.css";

const TogetherPrice = lazy(async () => ({ default: (await import("@/pages/later")).TogetherPrice }));

/** One MP4 of the film: made once, then saved. Whoever asked for it here has it saved as soon as it is there. */
export function DownloadFilm({ plan }: { plan: CutPlan }) {
  const { t } = useTranslation("film");
  const client = useQueryClient();
  const [asked, setAsked] = useState<string | null>(null);
  const { data: mine } = useQuery({ ...cutOf(asked ?? ""), enabled: asked !== null });
  const make = useMutation({
    mutationFn: () => makeCut(plan.project_id),
    onSuccess: (cut) => {
      setAsked(cut.id);
      client.setQueryData([...keys.cuts, cut.id], cut);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.cutPlan(plan.project_id) }),
  });
  const cut: Cut | null = mine ?? plan.cut;
  const ready = cut?.state === "SUCCEEDED" ? cut.id : null;
  const saved = useRef<string | null>(null);
  useEffect(() => {
    if (!ready || ready !== asked || ready === saved.current) return;
    saved.current = ready;
    location.assign(filmFileOf(ready)); // an attachment: the page stays
  }, [ready, asked]);
  if (cut && isUnderWay(cut)) return <UnderWay cut={cut} />;
  return (
    <div className={styles.download}>
      {ready ? (
        <Button component="a" href={filmFileOf(ready)} download leftSection={<IconDownload size={16} aria-hidden />}>
          {t("download")}
        </Button>
      ) : (
        <Forbidden unless="change">
          <Button loading={make.isPending} leftSection={<IconDownload size={16} aria-hidden />} onClick={() => make.mutate()}>
            {t("download")}
          </Button>
        </Forbidden>
      )}
      {!ready && (
        <Suspense fallback={null}>
          <TogetherPrice asked={{ pieces: { cut: 1 }, project_id: plan.project_id }} piece="cut" quiet />
        </Suspense>
      )}
      {ready && <Subtitles cutId={ready} plan={plan} />}
      {ready && !cut?.titled && <p className="faint">{t("untitled")}</p>}
      {cut && cut.state !== "SUCCEEDED" && (
        <p role="alert">
          <strong>{t(`states.${cut.state}`)}</strong> {cut.failure?.message}
        </p>
      )}
      {make.error && <ErrorNotice error={make.error} />}
    </div>
  );
}

/** What is said in the film, to be saved beside it; nothing where nothing is. */
function Subtitles({ cutId, plan }: { cutId: string; plan: CutPlan }) {
  const { t } = useTranslation("film");
  const takes = useQueries({ queries: plan.entries.map((entry) => takeOf(entry.take_id)) });
  if (!takes.some(({ data }) => data?.speech?.length)) return null;
  return (
    <p className={styles.subtitles}>
      {t("subtitles")}
      {(["srt", "vtt"] as const).map((format) => (
        <a key={format} href={`/v1/cuts/${cutId}/subtitles?format=${format}`} download>
          {{ vtt: "WebVTT", srt: "SRT" }[format]}
        </a>
      ))}
    </p>
  );
}

/** How far it is, and how to stop it. */
export function UnderWay({ cut }: { cut: Cut }) {
  const { t } = useTranslation("film");
  const { t: take } = useTranslation("take");
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelCut(cut.id),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.cuts });
      void client.invalidateQueries({ queryKey: keys.cutPlan(cut.project_id) });
    },
  });
  const share = Math.round(100 * cut.progress);
  return (
    <div className={styles.download}>
      <p role="status">{t(cut.state === "QUEUED" ? "waits" : "making", { share })}</p>
      <Progress value={share} size="sm" aria-label={t("progress")} />
      <Forbidden unless="change">
        <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {take("cancel")}
        </Button>
      </Forbidden>
    </div>
  );
}
