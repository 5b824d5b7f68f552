import { FileButton, Loader } from "@mantine/core";
import { IconPhotoUp, IconUserSquare } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import type { Shot, ShotChange } from "@/api/film";
import { keys } from "@/api/queries";
import { uploadFile } from "@/lib/uploads";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./PlateField.module.css";

const COLOURS = [
  { words: "dusk", top: "#38364f", bottom: "#b0705a" },
  { words: "slate", top: "#203040", bottom: "#0c1016" },
  { words: "paper", top: "#efe9de", bottom: "#c9beac" },
  { words: "green", top: "#5d8f63", bottom: "#24452f" },
] as const;

interface Props {
  shot: Shot;
  onChange: (change: ShotChange) => void;
}

/** What is behind the people: the photo's own background, a colour, one of the studio's backdrops, or a picture. */
export function PlateField({ shot, onChange }: Props) {
  const { t, i18n } = useTranslation("shot");
  const { plate } = shot;
  const choose = (next: Shot["plate"]) => onChange({ plate: next });
  const backdrops = useBackdrops(shot.prompt);
  return (
    <fieldset className="bare">
      <legend className="field-name">{t("plate")}</legend>
      <div className={styles.grid}>
        <Choice shot={shot} words={t("plateOwn")} chosen={plate.kind === "reference"} onChoose={() => choose({ kind: "reference" })}>
          <IconUserSquare size={24} aria-hidden />
        </Choice>
        <UploadedChoice shot={shot} onChoose={(asset_id) => choose({ kind: "image", asset_id })} />
        {backdrops.map(({ name, title, suggested }) => (
          <Choice
            key={name}
            shot={shot}
            words={i18n.language.startsWith("zh") ? title.zh : title.en}
            suggested={suggested}
            chosen={plate.kind === "backdrop" && plate.name === name}
            onChoose={() => choose({ kind: "backdrop", name })}
          >
            <img src={`/static/backdrops/${name}.webp`} alt="" loading="lazy" decoding="async" />
          </Choice>
        ))}
        {COLOURS.map(({ words, top, bottom }) => (
          <Choice
            key={words}
            shot={shot}
            words={t(`colours.${words}`)}
            chosen={plate.kind === "colour" && plate.top === top && plate.bottom === bottom}
            onChoose={() => choose({ kind: "colour", top, bottom })}
          >
            <span className={styles.colour} style={{ background: `linear-gradient(${top}, ${bottom})` }} />
          </Choice>
        ))}
      </div>
    </fieldset>
  );
}

/** Every backdrop; those that fit the prompt's place words come first. */
function useBackdrops(prompt: string) {
  const { data: all = [] } = useQuery({
    queryKey: keys.backdrops,
    queryFn: async () => (await answer(api.GET("/v1/backdrops"))).data,
    staleTime: Infinity,
  });
  const { data: suggested = [] } = useQuery({
    queryKey: [...keys.backdrops, "suggest", prompt],
    queryFn: async () => (await answer(api.GET("/v1/backdrops/suggest", { params: { query: { prompt } } }))).data,
    enabled: prompt.length > 0,
    placeholderData: (before) => before,
    staleTime: Infinity,
  });
  const rank = (name: string) => (suggested.includes(name) ? suggested.indexOf(name) : suggested.length);
  return all
    .map((backdrop) => ({ ...backdrop, suggested: suggested.includes(backdrop.name) }))
    .toSorted((a, b) => rank(a.name) - rank(b.name));
}

interface ChoiceProps {
  shot: Shot;
  words: string;
  chosen: boolean;
  suggested?: boolean;
  onChoose: () => void;
  children: ReactNode;
}

function Choice({ shot, words, chosen, suggested = false, onChoose, children }: ChoiceProps) {
  const { t } = useTranslation("shot");
  return (
    <label className={styles.choice} title={words}>
      <input type="radio" className="unseen" name={`plate-${shot.id}`} checked={chosen} onChange={onChoose} />
      <span className={styles.picture}>{children}</span>
      <span className={styles.words}>{words}</span>
      {suggested && <span className={styles.suggested}>{t("suggested")}</span>}
    </label>
  );
}

/** A picture of one's own. */
function UploadedChoice({ shot, onChoose }: { shot: Shot; onChoose: (assetId: string) => void }) {
  const { t } = useTranslation("shot");
  const sending = useMutation({ mutationFn: (file: File) => uploadFile(file, "plate"), onSuccess: (asset) => onChoose(asset.id) });
  return (
    <>
      <FileButton accept="image/*" onChange={(file) => file && sending.mutate(file)}>
        {(props) => (
          <button
            type="button"
            {...props}
            className={`plain ${styles.choice}`}
            data-chosen={shot.plate.kind === "image" || undefined}
            aria-pressed={shot.plate.kind === "image"}
          >
            <span className={styles.picture}>{sending.isPending ? <Loader size={18} /> : <IconPhotoUp size={24} aria-hidden />}</span>
            <span className={styles.words}>{t(shot.plate.kind === "image" ? "plateUploaded" : "plateUpload")}</span>
          </button>
        )}
      </FileButton>
      {sending.error && (
        <div className={styles.error}>
          <ErrorNotice error={sending.error} />
        </div>
      )}
    </>
  );
}
