import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import type { Shot, ShotChange } from "@/api/film";
import { noteWords } from "@/components/noteWords";

import { useEstimate } from "./estimate";
import styles from "./PromptNotes.module.css";
import { shortTitle, type Model } from "./models";

interface Props {
  shot: Shot;
  models: readonly Model[];
  onChange: (change: ShotChange) => void;
}

/** What of the prompt the model would leave aside, said while it is typed, and what would work instead. */
export function PromptNotes({ shot, models, onChange }: Props) {
  const { data: estimate, isPlaceholderData } = useEstimate(shot);
  const notes = estimate?.notes ?? [];
  return (
    <div role="status" className={styles.notes} data-old={isPlaceholderData || undefined}>
      {notes.length > 0 && <LeftAside notes={notes} shot={shot} models={models} onChange={onChange} />}
    </div>
  );
}

function LeftAside({ notes, shot, models, onChange }: Props & { notes: readonly Schemas["PromptNote"][] }) {
  const { t, i18n } = useTranslation("shot");
  const { t: common } = useTranslation("common");
  const model = models.find((one) => one.name === shot.model);
  const wider = models.filter((one) => one.name !== shot.model && one.acts_anything);
  const works = i18n.exists(`shot:works.${shot.model}`) ? t(`works.${shot.model as "previs"}`) : model?.can.join("; ");
  return (
    <div className={styles.box}>
      <IconAlertTriangle size={16} aria-hidden className={styles.sign} />
      <div>
        {notes.map((note) => (
          <p key={note.message}>{noteWords(common, note)}</p>
        ))}
        {works && <p className="soft">{t("whatWorks", { works })}</p>}
        {wider.map((one) => (
          <Button key={one.name} size="compact-xs" variant="default" onClick={() => onChange({ model: one.name, tier: null, size: null })}>
            {t("renderWith", { model: shortTitle(one) })}
          </Button>
        ))}
      </div>
    </div>
  );
}
