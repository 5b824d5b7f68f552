import { ActionIcon, NumberInput, Select } from "@mantine/core";
import { IconPhotoOff, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";

import { frameOf, secondsOf, type Clip, type Keyframe, type Moment } from "./keyframes";
import styles from "./KeyframesField.module.css";

const KEPT_MS = 300_000; // a link to the picture is good for longer

interface Props {
  keyframe: Keyframe;
  clip: Clip;
  onMove: (at: Moment) => void;
  /** While a moment is typed its card stays where it is, and the cursor in it. */
  onType: (at: Moment) => void;
  onTyped: () => void;
  onRemove: () => void;
}

/** One picture with its moment, which moves it along the strip. */
export function KeyframeCard({ keyframe, clip, onMove, onType, onTyped, onRemove }: Props) {
  const { t } = useTranslation("keyframes");
  const { at } = keyframe;
  const place = typeof at === "string" ? at : "seconds";
  const words = t(`at.${place}`, { seconds: at });
  const choose = (next: string | null) => {
    if (next === "first" || next === "last") onMove(next);
    else if (next === "seconds") onMove(secondsOf(frameOf(at, clip), clip));
  };
  return (
    <li className={styles.card} aria-label={words}>
      <Picture assetId={keyframe.asset_id} words={words} />
      <ActionIcon className={styles.remove} size={20} variant="default" aria-label={t("remove")} onClick={onRemove}>
        <IconX size={12} aria-hidden />
      </ActionIcon>
      <Select
        size="xs"
        aria-label={t("moment")}
        data={(["first", "last", "seconds"] as const).map((value) => ({ value, label: t(`moments.${value}`) }))}
        value={place}
        allowDeselect={false}
        onChange={choose}
      />
      {typeof at === "number" && (
        <NumberInput
          size="xs"
          aria-label={t("seconds")}
          value={at}
          min={0}
          max={3600}
          step={1 / clip.fps}
          decimalScale={6}
          suffix={t("secondsUnit")}
          onChange={(seconds) => seconds !== "" && Number(seconds) !== at && onType(Number(Number(seconds).toPrecision(6)))}
          onBlur={onTyped}
        />
      )}
    </li>
  );
}

function Picture({ assetId, words }: { assetId: string; words: string }) {
  const { t } = useTranslation("keyframes");
  const { data: asset, isError } = useQuery({
    queryKey: ["asset", assetId],
    queryFn: () => answer(api.GET("/v1/assets/{asset_id}", { params: { path: { asset_id: assetId } } })),
    staleTime: KEPT_MS,
    retry: false,
  });
  if (isError) {
    return (
      <span className={styles.picture} role="img" aria-label={t("gone")}>
        <IconPhotoOff size={24} aria-hidden />
      </span>
    );
  }
  return <span className={styles.picture}>{asset && <img src={asset.url} alt={words} />}</span>;
}
