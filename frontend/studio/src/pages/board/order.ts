import type { Board, Shot } from "@/api/film";

/** Every shot in reading order. */
export function shotsOf(board: Board): Shot[] {
  return board.scenes.flatMap((scene) => scene.shots);
}

/** `A` … `Z`, `AA` …: as the studio numbers the shots of a scene. */
export function letterOf(place: number): string {
  return (place >= 26 ? letterOf(Math.floor(place / 26) - 1) : "") + String.fromCharCode(65 + (place % 26));
}

function numbered(board: Board): Board {
  const scenes = board.scenes.map((scene, at) => ({
    ...scene,
    ordinal: at + 1,
    shots: scene.shots.map((shot, place) => ({ ...shot, scene_id: scene.id, number: `${at + 1}${letterOf(place)}` })),
  }));
  return { ...board, scenes };
}

/** Where shots go: into a scene, right after a shot, or first (null). */
export interface Goal {
  sceneId: string;
  after: string | null;
}

/** The board after shots went to one place together, in reading order. */
export function moved(board: Board, shotIds: readonly string[], goal: Goal): Board {
  const going = shotsOf(board).filter((shot) => shotIds.includes(shot.id));
  const scenes = board.scenes.map((scene) => {
    const staying = scene.shots.filter((shot) => !shotIds.includes(shot.id));
    if (scene.id !== goal.sceneId) return { ...scene, shots: staying };
    const at = goal.after === null ? 0 : staying.findIndex((shot) => shot.id === goal.after) + 1;
    return { ...scene, shots: [...staying.slice(0, at), ...going, ...staying.slice(at)] };
  });
  return numbered({ ...board, scenes });
}

export function without(board: Board, shotIds: readonly string[]): Board {
  const scenes = board.scenes.map((scene) => ({ ...scene, shots: scene.shots.filter((shot) => !shotIds.includes(shot.id)) }));
  return numbered({ ...board, scenes });
}

/**
 * The goal that lies right before a shot, or at the end of a scene, for shots that are dragged there: the shot that they
 * come after must be one that stays.
 */
export function goalBefore(board: Board, sceneId: string, beforeShotId: string | null, dragged: readonly string[]): Goal {
  const shots = board.scenes.find((scene) => scene.id === sceneId)?.shots ?? [];
  const end = beforeShotId === null ? shots.length : shots.findIndex((shot) => shot.id === beforeShotId);
  const after = shots.slice(0, end).findLast((shot) => !dragged.includes(shot.id));
  return { sceneId, after: after?.id ?? null };
}

/** Whether a move would change anything. */
export function stays(board: Board, shotIds: readonly string[], goal: Goal): boolean {
  const order = (one: Board) => shotsOf(one).map((shot) => `${shot.scene_id}/${shot.id}`).join();
  return order(board) === order(moved(board, shotIds, goal));
}
