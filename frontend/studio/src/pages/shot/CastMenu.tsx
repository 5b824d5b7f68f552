import { Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
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
        <Choices
          words={t("standsAt")}
          value={stands}
          choices={PLACEMENTS.map((place) => [place, t(`place.${place}`)])}
          onChoose={(place) => onPlace(place as Placement)}
        />
        <Choices
          words={t("faceSeen")}
          value={kept.expected ?? "always"}
          choices={EXPECTATIONS.map((expected) => [expected, t(`expected.${expected}`)])}
          onChoose={(expected) => onEntry({ ...kept, expected: expected as Entry["expected"] })}
        />
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
    queryFn: async () => (await answer(api.GET("/v1/characters/{character_id}/looks", { params: { path } }))).data,
  });
  if (looks.length === 0) return null;
  return (
    <Choices
      words={t("look")}
      value={entry.look_id ?? ""}
      choices={[["", t("lookOfPhotos")], ...looks.map((look): [string, string] => [look.id, look.name])]}
      onChoose={(lookId) => onEntry({ ...entry, look_id: lookId || null })}
    />
  );
}

interface ChoicesProps {
  words: string;
  value: string;
  choices: readonly (readonly [string, string])[];
  onChoose: (value: string) => void;
}

function Choices({ words, value, choices, onChoose }: ChoicesProps) {
  return (
    <>
      <Menu.Label>{words}</Menu.Label>
      <Menu.RadioGroup value={value} onChange={onChoose}>
        {choices.map(([choice, name]) => (
          <Menu.RadioItem key={choice} value={choice}>
            {name}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
