import { Button, FileButton } from "@mantine/core";
import { IconPhotoPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Shot, ShotChange } from "@/api/film";
import { ErrorNotice } from "@/components/ErrorNotice";
import { refusalWords } from "@/components/errorWords";
import { addEnglish } from "@/i18n";
import { keyframes as english } from "@/i18n/en/keyframes";
import { uploadFile } from "@/lib/uploads";

import { useEstimate } from "./estimate";
import { KeyframeCard } from "./KeyframeCard";
import { inOrder, MOST_KEYFRAMES, nextMoment, type Keyframe } from "./keyframes";
import styles from "./KeyframesField.module.css";
import { shortTitle, type Model } from "./models";

addEnglish({ keyframes: english });

const USUAL_S = 5; // of a shot that is as long as its lines
const USUAL_FPS = 16; // of a model that is not installed here

interface Props {
  shot: Shot;
  model: Model | undefined;
  onChange: (change: ShotChange) => void;
}

/** Pictures that the clip is to show, in the order in which it shows them: anew once a moment has been typed. */
export function KeyframesField({ shot, model, onChange }: Props) {
  const { t } = useTranslation("keyframes");
  const clip = { seconds: shot.seconds ?? USUAL_S, fps: model?.default_fps ?? USUAL_FPS };
  const kept = shot.keyframes;
  const takes = model === undefined || model.keyframes;
  const keep = (next: readonly Keyframe[]) => onChange({ keyframes: inOrder(next, clip) });
  const add = (asset_id: string) => keep([...kept, { asset_id, at: nextMoment(kept, clip) }]);
  const sort = () => inOrder(kept, clip).some((one, place) => one !== kept[place]) && keep(kept);
  return (
    <fieldset className="bare">
      <legend className="field-name">{t("title")}</legend>
      {takes && kept.length === 0 && <p className={styles.words}>{t("empty")}</p>}
      {!takes && <p className={styles.words}>{t("unavailable", { model: shortTitle(model) })}</p>}
      {kept.length > 0 && (
        <ol className={`bare ${styles.strip}`}>
          {kept.map((one, place) => (
            <KeyframeCard
              key={`${one.asset_id} ${kept.slice(0, place).filter((before) => before.asset_id === one.asset_id).length}`}
              keyframe={one}
              clip={clip}
              onMove={(at) => keep(kept.with(place, { ...one, at }))}
              onType={(at) => onChange({ keyframes: kept.with(place, { ...one, at }) })}
              onTyped={sort}
              onRemove={() => keep(kept.toSpliced(place, 1))}
            />
          ))}
        </ol>
      )}
      <Warning shot={shot} />
      {takes && (kept.length < MOST_KEYFRAMES ? <AddPicture onAdd={add} /> : <p className={styles.words}>{t("full", { count: MOST_KEYFRAMES })}</p>)}
    </fieldset>
  );
}

/** What the model would refuse of them, as it says it. */
function Warning({ shot }: { shot: Shot }) {
  const { data: estimate } = useEstimate(shot);
  const problem = estimate?.problems.find((one) => one.field === "keyframes");
  if (problem === undefined || shot.keyframes.length === 0) return null;
  return <p className={styles.warning}>{refusalWords({ ...problem, code: "request_refused", detail: problem.message }).help}</p>;
}

function AddPicture({ onAdd }: { onAdd: (assetId: string) => void }) {
  const { t } = useTranslation("keyframes");
  const sending = useMutation({ mutationFn: (file: File) => uploadFile(file, "plate"), onSuccess: (asset) => onAdd(asset.id) });
  const reset = useRef<() => void>(null); // so that the same picture can be chosen again
  return (
    <>
      <FileButton accept="image/*" resetRef={reset} onChange={(file) => file && sending.mutate(file, { onSettled: () => reset.current?.() })}>
        {(props) => (
          <Button {...props} variant="default" size="xs" leftSection={<IconPhotoPlus size={14} aria-hidden />} loading={sending.isPending}>
            {t("add")}
          </Button>
        )}
      </FileButton>
      {sending.error && <ErrorNotice error={sending.error} />}
    </>
  );
}
