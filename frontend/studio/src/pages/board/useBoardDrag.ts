import {
  closestCenter,
  KeyboardSensor,
  pointerWithin,
  PointerSensor,
  TouchSensor,
  useSensor,
  useSensors,
  type CollisionDetection,
  type DragEndEvent,
  type DragOverEvent,
  type DragStartEvent,
  type KeyboardCoordinateGetter,
} from "@dnd-kit/core";
import { useState } from "react";

import type { Board } from "@/api/film";
import { usePermission } from "@/api/permissions";

import { goalBefore, shotsOf, stays, type Goal } from "./order";
import type { BoardEdits } from "./useBoardEdits";
import type { Selection } from "./useSelection";

const END = "end:";
const FORWARD = new Set(["ArrowRight", "ArrowDown"]);
const BACK = new Set(["ArrowLeft", "ArrowUp"]);

/** Under the pointer if it is over something; else whatever is nearest, as for keys. */
const collide: CollisionDetection = (given) => {
  const under = pointerWithin(given);
  return under.length > 0 ? under : closestCenter(given);
};

/** Arrow keys carry a shot from place to place in reading order. */
const nextPlace: KeyboardCoordinateGetter = (event, { context, currentCoordinates }) => {
  const step = FORWARD.has(event.code) ? 1 : BACK.has(event.code) ? -1 : 0;
  if (step === 0) return undefined;
  event.preventDefault();
  const places = context.droppableContainers
    .getEnabled()
    .map(({ id }) => ({ id, rect: context.droppableRects.get(id) }))
    .filter((place) => place.rect !== undefined)
    .toSorted((a, b) => (a.rect?.top ?? 0) - (b.rect?.top ?? 0) || (a.rect?.left ?? 0) - (b.rect?.left ?? 0));
  const here = places.findIndex(({ id }) => id === context.over?.id);
  const next = places[Math.min(places.length - 1, Math.max(0, here + step))]?.rect;
  return next ? { x: next.left, y: next.top } : currentCoordinates;
};

/** Dragging shots within and across scenes, by pointer, touch or keyboard. */
export function useBoardDrag(board: Board, edits: BoardEdits, selection: Selection) {
  const [dragged, setDragged] = useState<readonly string[]>([]);
  const [over, setOver] = useState<string | null>(null);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 6 } }),
    useSensor(KeyboardSensor, { coordinateGetter: nextPlace, keyboardCodes: { start: ["KeyM"], cancel: ["Escape"], end: ["KeyM", "Enter"] } }),
  );
  const may = usePermission("change") !== false;
  const end = () => {
    setDragged([]);
    setOver(null);
  };
  return {
    dragged,
    over,
    context: {
      sensors: may ? sensors : [],
      collisionDetection: collide,
      onDragStart: ({ active }: DragStartEvent) => {
        const id = String(active.id);
        setDragged(selection.has(id) ? selection.ids : [id]);
      },
      onDragOver: (event: DragOverEvent) => setOver(event.over ? String(event.over.id) : null),
      onDragCancel: end,
      onDragEnd: (event: DragEndEvent) => {
        const goal = event.over && goalOf(board, String(event.over.id), dragged);
        if (goal && !stays(board, dragged, goal)) edits.move(dragged, goal);
        end();
      },
    },
  };
}

/** Where a drop on a card (before it) or on a scene's end leads. */
function goalOf(board: Board, place: string, dragged: readonly string[]): Goal | null {
  if (place.startsWith(END)) return goalBefore(board, place.slice(END.length), null, dragged);
  const shot = shotsOf(board).find((one) => one.id === place);
  return shot ? goalBefore(board, shot.scene_id, shot.id, dragged) : null;
}
