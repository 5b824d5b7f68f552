import { DndContext, DragOverlay } from "@dnd-kit/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { lazy, memo, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import { useCast } from "@/api/cast";
import { boardOf, type Board } from "@/api/film";
import { usePermission } from "@/api/permissions";
import { usePlace } from "@/lib/crumbs";
import { useHeldKeys } from "@/lib/heldKeys";
import { addressOf } from "@/pages/takes/address";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonCards } from "@/components/Skeleton";

import styles from "./Board.module.css";
import { BoardHead } from "./BoardHead";
import { shotsOf } from "./order";
import { endOf, SceneBand } from "./SceneBand";
import { ShotCard } from "./ShotCard";
import { useBoardDrag } from "./useBoardDrag";
import { useBoardEdits } from "./useBoardEdits";
import { useBoardKeys } from "./useBoardKeys";
import { useSelection } from "./useSelection";

// A board stands before anybody selects a shot.
const BottomSheet = lazy(() => import("@/components/BottomSheet"));
const ShotInspector = lazy(() => import("@/pages/shot/ShotInspector"));
const ShotsInspector = lazy(() => import("@/pages/shot/ShotsInspector"));
const TakeStrip = lazy(async () => ({ default: (await import("@/pages/takes/TakeStrip")).TakeStrip }));

/** What acts on the shot whose inspector and takes are shown. */
const KEYS_OF_THE_SHOT = ["r", "v", "c", ...Array.from("123456789")];

/** A film's board: scenes as bands, shots as cards; the selected shot's inspector and takes beside it. */
export function BoardPage() {
  const { t: shell } = useTranslation("shell");
  const { projectId = "", shotId } = useParams({ strict: false }) as Record<string, string | undefined>;
  const { data: board, error, refetch } = useQuery(boardOf(projectId));
  usePlace([{ words: shell("projects"), to: "/" }, { words: board?.project.name ?? "…" }]);
  if (error) {
    return (
      <div className="page">
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!board) {
    return (
      <div className="page">
        <SkeletonCards count={8} height={210} />
      </div>
    );
  }
  return <Loaded board={board} shotId={shotId} />;
}

function Loaded({ board, shotId }: { board: Board; shotId: string | undefined }) {
  const { t } = useTranslation("board");
  const projectId = board.project.id;
  const shots = useMemo(() => shotsOf(board), [board]);
  const edits = useBoardEdits(projectId);
  const selection = useSelection(projectId, shotId, shots);
  const may = usePermission("change") !== false;
  const drag = useBoardDrag(board, edits, selection);
  const [playing, setPlaying] = useState<string | null>(null);
  const play = () => setPlaying(playing === selection.main ? null : (selection.main ?? null));
  useBoardKeys(board, edits, selection, { dragging: drag.dragged.length > 0, play });
  const lead = drag.dragged[0];
  const shown = useDeferredValue(shotId); // the card answers at once; its inspector and its takes follow
  useHeldKeys(KEYS_OF_THE_SHOT, t("inspector"), shown !== shotId);
  const several = useSeveral(selection.ids);
  const clear = useRef(selection.clear);
  useEffect(() => {
    clear.current = selection.clear;
  });
  const close = useCallback(() => clear.current(), []);
  return (
    <div className={styles.board}>
      <div className={styles.main}>
        <BoardHead board={board} edits={edits} selection={selection} />
        <DndContext {...drag.context} accessibility={{ screenReaderInstructions: { draggable: may ? t("dragHelp") : "" } }}>
          <div className={styles.scenes}>
            <Scenes board={board} edits={edits} selection={selection} over={drag.over} playing={playing} />
          </div>
          <DragOverlay dropAnimation={null}>
            {lead && (
              <div className={styles.carried}>
                {drag.dragged.length > 1 ? t("carried", { count: drag.dragged.length }) : shots.find((shot) => shot.id === lead)?.number}
              </div>
            )}
          </DragOverlay>
        </DndContext>
        {shown && shots.some((shot) => shot.id === shown) && (
          <div className={styles.strip}>
            <Suspense>
              <TakeStrip key={shown} projectId={projectId} shotId={shown} />
            </Suspense>
          </div>
        )}
      </div>
      {shown && <Inspector projectId={projectId} shotId={shown} several={several} onClose={close} />}
    </div>
  );
}

const ONE: readonly string[] = [];

/** Those that are selected when they are more than one; the same list while they are the same. */
function useSeveral(ids: readonly string[]): readonly string[] {
  const told = ids.join(" ");
  return useMemo(() => (told.includes(" ") ? told.split(" ") : ONE), [told]);
}

interface ScenesProps {
  board: Board;
  edits: ReturnType<typeof useBoardEdits>;
  selection: ReturnType<typeof useSelection>;
  over: string | null;
  playing: string | null;
}

function Scenes({ board, edits, selection, over, playing }: ScenesProps) {
  const { t } = useTranslation("board");
  const { history } = useRouter();
  const cast = useCast();
  const latest = useRef({ selection, board });
  useEffect(() => {
    latest.current = { selection, board };
  });
  const pick = useCallback((id: string, event: MouseEvent) => {
    const { select, toggle, extend } = latest.current.selection;
    if (event.ctrlKey || event.metaKey) toggle(id);
    else if (event.shiftKey) extend(id);
    else select(id);
  }, []);
  const open = useCallback(
    (id: string) => {
      const shot = shotsOf(latest.current.board).find((one) => one.id === id);
      if (shot?.poster_take_id) history.push(addressOf(latest.current.board.project.id, id, shot.poster_take_id));
    },
    [history],
  );
  if (board.scenes.length === 0) return <EmptyState title={t("empty")}>{t("emptyHelp")}</EmptyState>;
  return board.scenes.map((scene) => (
    <SceneBand key={scene.id} board={board} scene={scene} edits={edits} target={over === endOf(scene.id)} onAdded={selection.select}>
      {scene.shots.map((shot) => (
        <ShotCard
          key={shot.id}
          shot={shot}
          cast={cast}
          selected={selection.has(shot.id)}
          main={selection.main === shot.id}
          target={over === shot.id}
          playing={playing === shot.id}
          onPick={pick}
          onOpen={open}
        />
      ))}
    </SceneBand>
  ));
}

interface InspectorProps {
  projectId: string;
  shotId: string;
  /** More than one, or none. */
  several: readonly string[];
  onClose: () => void;
}

/** At the right where there is room, else as a sheet over the board. */
const Inspector = memo(function Inspector({ projectId, shotId, several, onClose }: InspectorProps) {
  const { t } = useTranslation("board");
  const narrow = useMediaQuery("(max-width: 960px)", window.innerWidth <= 960);
  const fields = (
    <Suspense fallback={<SkeletonCards count={1} height={210} />}>
      {several.length > 1 ? <ShotsInspector projectId={projectId} shotIds={several} /> : <ShotInspector projectId={projectId} shotId={shotId} />}
      {narrow && <TakeStrip projectId={projectId} shotId={shotId} />}
    </Suspense>
  );
  if (!narrow) {
    return (
      <aside id="inspector" className={styles.inspector} aria-label={t("inspector")}>
        {fields}
      </aside>
    );
  }
  return (
    <Suspense fallback={null}>
      <BottomSheet title={t("inspector")} onClose={onClose}>
        <div id="inspector" className={styles.sheet}>
          {fields}
        </div>
      </BottomSheet>
    </Suspense>
  );
});
