import { Button, Select } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Setting } from "@/api/film";
import { fileOfAmbience } from "@/components/ambience";

import styles from "./Scene.module.css";

const PLACES = ["room", "wind", "rain", "sea", "street", "forest", "night", "fire"] as const;

interface Props {
  ambience: Setting["ambience"];
  onChange: (ambience: Setting["ambience"]) => void;
}

/** The sound of the place, to be listened to before it is chosen. */
export function AmbienceField({ ambience, onChange }: Props) {
  const { t } = useTranslation("scene");
  const player = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const listen = () => void (playing ? player.current?.pause() : player.current?.play().catch(() => setPlaying(false)));
  return (
    <div className={styles.heard}>
      <Select
        label={t("ambience")}
        description={t("ambienceHelp")}
        data={[{ value: "", label: t("noAmbience") }, ...PLACES.map((value) => ({ value, label: t(`ambiences.${value}`) }))]}
        value={ambience ?? ""}
        allowDeselect={false}
        onChange={(next) => onChange((next || null) as Setting["ambience"])}
      />
      {ambience && (
        <>
          <Button variant="default" leftSection={playing ? <IconPlayerStop size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />} onClick={listen}>
            {t(playing ? "stopListening" : "listen")}
          </Button>
          <audio key={ambience} ref={player} src={fileOfAmbience(ambience)} loop preload="none" onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEmptied={() => setPlaying(false)}>
            <track kind="captions" />
          </audio>
        </>
      )}
    </div>
  );
}
