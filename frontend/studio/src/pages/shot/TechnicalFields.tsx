import { Collapse, NumberInput, Select, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Shot, ShotChange } from "@/api/film";

import { shortTitle, type Model } from "./models";
import { PictureFields } from "./PictureFields";
import styles from "./ShotInspector.module.css";

interface Props {
  shot: Shot;
  aspect: string;
  models: readonly Model[];
  onChange: (change: ShotChange) => void;
  /** Of several shots at once: a seed is one shot's own. */
  several?: boolean;
}

const A_SEED = 2 ** 31;

/** Length, size, model, tier and seed, within what the model can do. */
export function TechnicalFields({ shot, aspect, models, onChange, several = false }: Props) {
  const { t } = useTranslation("shot");
  const model = models.find((one) => one.name === shot.model);
  return (
    <div className={styles.grid}>
      <NumberInput
        label={t("seconds")}
        description={model && t("secondsHint", { min: model.min_seconds, max: model.max_seconds })}
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={shot.seconds ?? ""}
        min={0.1}
        max={3600}
        step={0.5}
        decimalScale={3}
        suffix={t("secondsUnit")}
        onChange={(seconds) => Number(seconds) > 0 && onChange({ seconds: Number(seconds) })}
      />
      {model && <PictureFields shot={shot} aspect={aspect} model={model} onChange={onChange} />}
      <Select
        label={t("model")}
        data={models.map((one) => ({ value: one.name, label: shortTitle(one) }))}
        value={shot.model}
        allowDeselect={false}
        onChange={(name) => name && onChange({ model: name, tier: null })}
      />
      {model && model.tiers.length > 1 && (
        <Select
          label={t("tier")}
          data={model.tiers.map((tier) => ({ value: tier, label: t(`tiers.${tier}`) }))}
          value={shot.tier ?? model.tiers[0] ?? null}
          allowDeselect={false}
          onChange={(tier) => tier && onChange({ tier: tier as NonNullable<Shot["tier"]> })}
        />
      )}
      {!several && <SeedField shot={shot} onChange={onChange} />}
      {model && <ModelWords model={model} />}
    </div>
  );
}

function SeedField({ shot, onChange }: Pick<Props, "shot" | "onChange">) {
  const { t } = useTranslation("shot");
  const locked = shot.seed !== null;
  return (
    <div>
      <Switch
        label={t("seedLock")}
        checked={locked}
        onChange={(event) => onChange({ seed: event.currentTarget.checked ? Math.floor(Math.random() * A_SEED) : null })}
        mt={26}
      />
      <Collapse expanded={locked}>
        <NumberInput
          aria-label={t("seed")}
          value={shot.seed ?? ""}
          min={0}
          allowDecimal={false}
          hideControls
          mt={6}
          onChange={(seed) => seed !== "" && onChange({ seed: Number(seed) })}
        />
      </Collapse>
    </div>
  );
}

/** What the model is for and what it cannot do, said before it is tried. */
function ModelWords({ model }: { model: Model }) {
  const { t } = useTranslation("shot");
  return (
    <details className={styles.wide}>
      <summary className={styles.summary}>{t("modelCannot", { model: shortTitle(model) })}</summary>
      <ul className={styles.cannot}>
        {model.cannot.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      <p className="faint">{t("licence", { licence: model.licence })}</p>
    </details>
  );
}
