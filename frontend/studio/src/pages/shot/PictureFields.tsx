import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Shot, ShotChange } from "@/api/film";

import type { Model } from "./models";
import styles from "./PictureFields.module.css";
import { aspectOf, aspectsOf, QUALITIES, qualityOf, sizeFor, sizesOf, sizeWords, usualSize, type Quality } from "./sizes";

interface Props {
  shot: Shot;
  /** Of the film. */
  aspect: string;
  model: Model;
  onChange: (change: ShotChange) => void;
}

/** The picture's shape and how fine it is, within what the model can do; pixels stand beside, small. */
export function PictureFields({ shot, aspect, model, onChange }: Props) {
  const { t } = useTranslation("shot");
  const usual = usualSize(model.sizes, aspect, model.default_size);
  const size = shot.size ?? usual ?? model.default_size;
  const shown = aspectOf(size) ?? aspect;
  const offered = sizesOf(model.sizes, shown);
  const choose = (wanted: string | undefined) => wanted && onChange({ size: wanted === usual ? null : wanted });
  return (
    <>
      <Select
        label={t("aspect")}
        data={aspectsOf(model.sizes).map((one) => ({ value: one, label: one === aspect ? t("aspectOfFilm", { aspect: one }) : one }))}
        value={shown}
        allowDeselect={false}
        onChange={(wanted) => wanted && choose(sizeFor(model.sizes, wanted, qualityOf(size)))}
      />
      <Select
        label={t("quality")}
        description={sizeWords(size)}
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={QUALITIES.filter((one) => offered[one]).map((one) => ({ value: one, label: t(`qualities.${one}`) }))}
        value={qualityOf(size)}
        allowDeselect={false}
        renderOption={({ option }) => (
          <span className={styles.choice}>
            {option.label} <span className="faint tabular">{sizeWords(offered[option.value as Quality] ?? "")}</span>
          </span>
        )}
        onChange={(wanted) => wanted && choose(offered[wanted as Quality])}
      />
    </>
  );
}
