import { useTranslation } from "react-i18next";

import { fileOf, type ShotTake } from "@/api/film";
import { shortTimecode } from "@/lib/timecode";

import styles from "./Filmstrip.module.css";
import type { Playback } from "./playback";
import { useFrame } from "./usePlayback";

// The sheet as the engine lays it out: at most 25 tiles, five in a row, each from the middle of its share of the clip.
const TILES = 25;
const COLUMNS = 5;

export function tileFrame(tile: number, tiles: number, frames: number): number {
  return Math.floor(((2 * tile + 1) * frames) / (2 * tiles));
}

/** The clip at a glance; a picture leads to its frame. */
export function Filmstrip({ take, playback }: { take: ShotTake; playback: Playback }) {
  const { t } = useTranslation("take");
  const frame = useFrame(playback);
  const tiles = Math.min(take.frames, TILES);
  const columns = Math.min(COLUMNS, tiles);
  const rows = Math.ceil(tiles / columns);
  const here = Math.min(tiles - 1, Math.floor((frame * tiles) / take.frames));
  const [width, height] = take.size.split("x");
  const sheet = `url("${fileOf(take.id, "sprite")}")`;
  return (
    <ol className={`bare ${styles.strip}`} aria-label={t("filmstrip")}>
      {Array.from({ length: tiles }, (_, tile) => (
        <li key={tile}>
          <button
            type="button"
            className={`plain ${styles.tile}`}
            data-here={tile === here || undefined}
            aria-label={t("goTo", { time: shortTimecode(tileFrame(tile, tiles, take.frames), take.fps) })}
            onClick={() => playback.seek(tileFrame(tile, tiles, take.frames))}
            style={{
              aspectRatio: `${width} / ${height}`,
              backgroundImage: sheet,
              backgroundSize: `${columns * 100}% ${rows * 100}%`,
              backgroundPosition: `${share(tile % columns, columns)}% ${share(Math.floor(tile / columns), rows)}%`,
            }}
          />
        </li>
      ))}
    </ol>
  );
}

function share(place: number, places: number): number {
  return places > 1 ? (100 * place) / (places - 1) : 0;
}
