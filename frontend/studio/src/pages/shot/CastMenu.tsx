import { Menu } from "@mantine/core";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";

import { PLACEMENTS, type Entry, type Placement } from "./staging";
import styles from "./StagingField.module.css";

const EXPECTATIONS = ["always", "partly", "none"] as const;

interface Props {
  entry: Entry & { stands: Placement };
  name: string;
  onPlace: (to: Placement) => void;
  /** null takes the character out of the shot. */
  onEntry: (entry: Entry | null) => void;
}

/** Everything about one character in one shot: where it stands, whether its face should be seen, what it wears. */
export function CastMenu({ entry, name, onPlace, onEntry }: Props) {
  const { t } = useTranslation("shot");
  const { stands, ...kept } = entry;
  return (
    <Menu position="bottom" width={230} keepMounted={false}>
      <Menu.Target>
        <button type="button" className={`plain ${styles.menu}`} aria-label={t("actorMenu", { name })}>
          <span className={styles.name}>{name}</span>
          <IconChevronDown size={12} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("standsAt")}</Menu.Label>
        {PLACEMENTS.map((place) => (
          <Choice key={place} chosen={stands === place} words={t(`place.${place}`)} onChoose={() => onPlace(place)} />
        ))}
        <Menu.Label>{t("faceSeen")}</Menu.Label>
        {EXPECTATIONS.map((expected) => (
          <Choice
            key={expected}
            chosen={kept.expected === expected}
            words={t(`expected.${expected}`)}
            onChoose={() => onEntry({ ...kept, expected })}
          />
        ))}
        <Looks entry={kept} onEntry={onEntry} />
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => onEntry(null)}>
          {t("takeOut", { name })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Looks({ entry, onEntry }: { entry: Entry; onEntry: Props["onEntry"] }) {
  const { t } = useTranslation("shot");
  const path = { character_id: entry.character_id };
  const { data: looks = [] } = useQuery({
    queryKey: keys.looks(entry.character_id),
    queryFn: async () => (await answer(api.GET("/characters/{character_id}/looks", { params: { path } }))).data,
  });
  if (looks.length === 0) return null;
  return (
    <>
      <Menu.Label>{t("look")}</Menu.Label>
      <Choice chosen={!entry.look_id} words={t("lookOfPhotos")} onChoose={() => onEntry({ ...entry, look_id: null })} />
      {looks.map((look) => (
        <Choice
          key={look.id}
          chosen={entry.look_id === look.id}
          words={look.name}
          onChoose={() => onEntry({ ...entry, look_id: look.id })}
        />
      ))}
    </>
  );
}

function Choice({ chosen, words, onChoose }: { chosen: boolean; words: string; onChoose: () => void }) {
  return (
    <Menu.Item
      role="menuitemradio"
      aria-checked={chosen}
      leftSection={<IconCheck size={14} aria-hidden style={{ visibility: chosen ? "visible" : "hidden" }} />}
      onClick={onChoose}
    >
      {words}
    </Menu.Item>
  );
}
