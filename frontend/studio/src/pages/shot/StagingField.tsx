import { DndContext, KeyboardSensor, PointerSensor, useDraggable, useDroppable, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { Button, Menu } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { mentionOf, useCast, type Character } from "@/api/cast";
import type { Shot, ShotChange } from "@/api/film";
import { usePermission } from "@/api/permissions";
import { CharacterFace } from "@/components/CharacterFace";
import { say } from "@/lib/toasts";

import { CastMenu } from "./CastMenu";
import { withoutMentions } from "./stageFollowsPrompt";
import { placed, PLACEMENTS, staged, type Entry, type Placement } from "./staging";
import styles from "./StagingField.module.css";

interface Props {
  shot: Shot;
  most: number;
  onChange: (change: ShotChange) => void;
}

/** A small stage: faces are dragged to left, centre or right; a face's menu does the same by keyboard, and more. */
export function StagingField({ shot, most, onChange }: Props) {
  const { t } = useTranslation("shot");
  const { t: common } = useTranslation("common");
  const cast = useCast();
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor));
  const may = usePermission("change") !== false;
  const entries = staged(shot.characters);
  const others = cast.filter((one) => !one.hidden && !shot.characters.some((entry) => entry.character_id === one.id));

  function drop({ active, over }: DragEndEvent): void {
    if (over) onChange({ characters: placed(shot.characters, String(active.id), over.id as Placement) });
  }

  const keep = (next: Entry) => onChange({ characters: shot.characters.map((one) => (one.character_id === next.character_id ? next : one)) });

  /** Off the stage, and out of the prompt with it, in one edit. */
  function remove(characterId: string): void {
    const { prompt, characters } = shot;
    const name = cast.find((one) => one.id === characterId)?.name;
    const left = name ? withoutMentions(prompt, name) : prompt;
    onChange({ characters: characters.filter((one) => one.character_id !== characterId), prompt: left });
    if (name && left !== prompt) say(t("leftShot", { name }), { action: { words: common("undo"), act: () => onChange({ prompt, characters }) } });
  }

  function add(id: string): void {
    const name = cast.find((one) => one.id === id)?.name;
    const prompt = shot.prompt.trim() === "" && name ? `${mentionOf(name)} ` : shot.prompt; // a sentence that stands is left alone
    onChange({ characters: [...shot.characters, { character_id: id, expected: "always" }], prompt });
  }

  return (
    <fieldset className="bare">
      <legend className="field-name">{t("staging")}</legend>
      <DndContext sensors={may ? sensors : []} onDragEnd={drop} accessibility={{ screenReaderInstructions: { draggable: t("stagingHelp") } }}>
        <div className={styles.stage} data-empty={entries.length === 0 || undefined}>
          {PLACEMENTS.map((place) => (
            <Spot key={place} place={place}>
              {entries
                .filter((entry) => entry.stands === place)
                .map((entry) => (
                  <Actor
                    key={entry.character_id}
                    entry={entry}
                    character={cast.find((one) => one.id === entry.character_id)}
                    onPlace={(to) => onChange({ characters: placed(shot.characters, entry.character_id, to) })}
                    onEntry={(next) => (next ? keep(next) : remove(entry.character_id))}
                  />
                ))}
            </Spot>
          ))}
        </div>
      </DndContext>
      <AddToShot
        others={others}
        full={shot.characters.length >= most}
        most={most}
        onAdd={add}
      />
    </fieldset>
  );
}

function Spot({ place, children }: { place: Placement; children: React.ReactNode }) {
  const { t } = useTranslation("shot");
  const { setNodeRef, isOver } = useDroppable({ id: place });
  return (
    <div ref={setNodeRef} className={styles.spot} data-over={isOver || undefined}>
      {children}
      <span className={styles.place}>{t(`place.${place}`)}</span>
    </div>
  );
}

interface ActorProps {
  entry: Entry & { stands: Placement };
  character: Character | undefined;
  onPlace: (to: Placement) => void;
  onEntry: (entry: Entry | null) => void;
}

function Actor({ entry, character, onPlace, onEntry }: ActorProps) {
  const { t } = useTranslation("shot");
  const name = character?.name ?? t("goneCharacter");
  const { attributes, listeners, setNodeRef, transform, isDragging } = useDraggable({ id: entry.character_id });
  const moved = transform ? `translate(${transform.x}px, ${transform.y}px)` : undefined;
  return (
    <div ref={setNodeRef} className={styles.actor} style={{ transform: moved }} data-dragging={isDragging || undefined}>
      <button type="button" className={`plain ${styles.handle}`} {...attributes} {...listeners} aria-label={t("moveActor", { name })}>
        <CharacterFace character={character} name={name} size={44} />
      </button>
      <CastMenu entry={entry} name={name} onPlace={onPlace} onEntry={onEntry} />
    </div>
  );
}

interface AddProps {
  others: readonly Character[];
  full: boolean;
  most: number;
  onAdd: (characterId: string) => void;
}

function AddToShot({ others, full, most, onAdd }: AddProps) {
  const { t } = useTranslation("shot");
  if (full) return <p className="faint">{t("stageFull", { count: most })}</p>;
  return (
    <Menu position="bottom-start" width={220}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />}>
          {t("addCharacter")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {others.map((one) => (
          <Menu.Item key={one.id} leftSection={<CharacterFace character={one} name={one.name} size={24} />} onClick={() => onAdd(one.id)}>
            {one.name}
          </Menu.Item>
        ))}
        <Menu.Item component="a" href="/cast/new" leftSection={<IconPlus size={16} aria-hidden />}>
          {t("castSomeone")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
