import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconCopy, IconPlayerPlayFilled, IconPlus, IconTrash, type Icon } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { playAddressOf } from "@/api/cuts";
import type { Board } from "@/api/film";
import { usePermission } from "@/api/permissions";
import { Forbidden } from "@/components/Forbidden";

import styles from "./Board.module.css";
import { FilmPool } from "./FilmPool";
import type { BoardEdits } from "./useBoardEdits";
import type { Selection } from "./useSelection";

interface Props {
  board: Board;
  edits: BoardEdits;
  selection: Selection;
}

/** The film's name, undo and redo with what they would do, and what can be done with the selection. */
export function BoardHead({ board, edits, selection }: Props) {
  const { t } = useTranslation("board");
  const { t: common } = useTranslation("common");
  const { counts } = board.project;
  const chosen = selection.ids.length;
  return (
    <header className={styles.head}>
      <h1>{board.project.name}</h1>
      <span className="faint">{t("counts", { scenes: counts.scenes, shots: counts.shots, circled: counts.circled })}</span>
      <span className={styles.tools}>
        {chosen > 0 && (
          <>
            <Tool
              words={t("duplicateShots", { count: chosen })}
              sign={IconCopy}
              onPress={() => edits.duplicate(selection.ids, selection.only)}
            />
            <Tool words={t("deleteShots", { count: chosen })} sign={IconTrash} onPress={() => edits.deleteShots(selection.ids)} />
          </>
        )}
        <Tool words={toldOf(t, common("undo"), board.undo)} sign={IconArrowBackUp} disabled={!board.undo} onPress={edits.undo} />
        <Tool words={toldOf(t, common("redo"), board.redo)} sign={IconArrowForwardUp} disabled={!board.redo} onPress={edits.redo} />
        <FilmPool film={board.project} />
        <PlayFilm board={board} from={selection.main} />
        <Forbidden unless="change">
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => edits.addScene("")}>
            {t("addScene")}
          </Button>
        </Forbidden>
      </span>
    </header>
  );
}

/** The whole film, from the selected shot on; nothing to press while no shot has a take. */
function PlayFilm({ board, from }: { board: Board; from: string | undefined }) {
  const { t } = useTranslation("film");
  const { history } = useRouter();
  if (!board.scenes.some((scene) => scene.shots.some((shot) => shot.poster_take_id))) return null;
  const to = playAddressOf(board.project.id, from);
  return (
    <Button
      size="xs"
      component="a"
      href={to}
      leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
      onClick={(event) => {
        event.preventDefault();
        history.push(to);
      }}
    >
      {t("play")}
    </Button>
  );
}

/** `Undo: move 1B to scene 2`, in the reader's language. */
function toldOf(t: ReturnType<typeof useTranslation<"board">>["t"], verb: string, edit: Board["undo"]): string {
  if (!edit) return verb;
  const { action, scene, shot, shots } = edit;
  return `${verb}: ${t(`edits.${action}`, { scene: scene ?? "", shot: shot ?? "", shots: shots ?? "" })}`;
}

interface ToolProps {
  words: string;
  sign: Icon;
  disabled?: boolean;
  onPress: () => void;
}

function Tool({ words, sign: Sign, disabled = false, onPress }: ToolProps) {
  const may = usePermission("change") !== false;
  const button = (
    <ActionIcon variant="subtle" color="gray" aria-label={words} disabled={disabled} onClick={onPress}>
      <Sign size={18} aria-hidden />
    </ActionIcon>
  );
  return may ? <Tooltip label={words}>{button}</Tooltip> : <Forbidden unless="change">{button}</Forbidden>;
}
