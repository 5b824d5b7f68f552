import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { playAddressOf } from "@/api/cuts";
import type { Board } from "@/api/film";
import { useShortcuts, type Shortcut } from "@/lib/shortcuts";
import { addressOf } from "@/pages/takes/address";
import { useGuard } from "@/components/useForbidden";

import { shotsOf } from "./order";
import type { BoardEdits } from "./useBoardEdits";
import type { Selection } from "./useSelection";

const NONE: readonly Shortcut[] = [];

/** The board by keyboard alone. R and V are the inspector's, 1 to 9 and C the take strip's. */
export function useBoardKeys(board: Board, edits: BoardEdits, selection: Selection, more: { dragging: boolean; play: () => void }): void {
  const { t } = useTranslation("board");
  const { t: film } = useTranslation("film");
  const { history } = useRouter();
  const guard = useGuard("change");
  const shots = shotsOf(board);
  const at = shots.findIndex((shot) => shot.id === selection.main);
  const main = shots[at];

  function go(place: number): void {
    const shot = shots[Math.min(shots.length - 1, Math.max(0, place))];
    if (!shot) return;
    selection.select(shot.id);
    document.querySelector<HTMLElement>(`[data-shot="${shot.id}"]`)?.focus();
  }

  function open(): void {
    if (!main) return;
    if (main.poster_take_id) history.push(addressOf(board.project.id, main.id, main.poster_take_id));
    else document.querySelector<HTMLElement>("#inspector textarea")?.focus();
  }

  const keys = [
    { keys: ["ArrowRight"], words: t("keyNext"), act: () => go(at + 1) },
    { keys: ["ArrowLeft"], words: t("keyBefore"), act: () => go(at - 1) },
    { keys: ["ArrowDown"], words: t("keyBelow"), act: () => go(shots.findIndex(({ id }) => id === beside(main?.id, 1))) },
    { keys: ["ArrowUp"], words: t("keyAbove"), act: () => go(shots.findIndex(({ id }) => id === beside(main?.id, -1))) },
    { keys: ["Enter"], words: t("keyOpen"), act: open },
    { keys: ["Shift+R"], words: t("keyScene"), act: guard(() => main && edits.renderScene(main.scene_id)) },
    { keys: ["Mod+d"], words: t("keyDuplicate"), act: guard(() => selection.ids.length > 0 && edits.duplicate(selection.ids, selection.only)) },
    { keys: ["Delete", "Backspace"], words: t("keyDelete"), act: guard(() => selection.ids.length > 0 && edits.deleteShots(selection.ids)) },
    { keys: ["Mod+z"], words: t("keyUndo"), act: guard(() => board.undo && edits.undo()) },
    { keys: ["Mod+Shift+Z", "Mod+y"], words: t("keyRedo"), act: guard(() => board.redo && edits.redo()) },
    { keys: [" "], words: t("keyPlay"), act: more.play },
    { keys: ["p"], words: film("keyPlayFilm"), act: () => history.push(playAddressOf(board.project.id, selection.main)) },
    { keys: ["Escape"], words: t("keyClear"), act: selection.clear },
  ];
  useShortcuts(more.dragging ? NONE : keys); // while a shot is carried, the keys carry it
}

/** The card right above (-1) or below (1) another on screen; the same where there is none. */
function beside(shotId: string | undefined, direction: 1 | -1): string | undefined {
  const cards = [...document.querySelectorAll<HTMLElement>("[data-shot]")];
  const here = cards.find((card) => card.dataset.shot === shotId)?.getBoundingClientRect();
  if (!here) return cards[0]?.dataset.shot;
  const rows = cards.map((card) => ({ id: card.dataset.shot, box: card.getBoundingClientRect() }));
  const away = ({ box }: (typeof rows)[number]) => (box.top - here.top) * direction;
  const nearest = Math.min(...rows.map(away).filter((distance) => distance > 8));
  const row = rows.filter((one) => Math.abs(away(one) - nearest) < 8);
  return row.toSorted((a, b) => Math.abs(a.box.left - here.left) - Math.abs(b.box.left - here.left))[0]?.id ?? shotId;
}
