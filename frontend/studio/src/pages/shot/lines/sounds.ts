import { answer, api } from "@/api/client";

import { soundOf, type Line } from "./lines";

/** A line as it sounds. `peaks`: 0..1, evenly over its length; none where the browser may not read it. */
export interface Sound {
  url: string;
  seconds: number;
  peaks: readonly number[];
  /** Of silence that its direction asks for before it. */
  asideS: number;
  unspoken: readonly string[];
  unheeded: string;
}

const PEAKS = 64;
const LINK_LASTS_MS = 12 * 60_000; // links are good for 15 minutes

/** The question for a line's sound; asked only once somebody wants to hear it. */
export function soundQuery(projectId: string | undefined, line: Line, wanted: boolean) {
  return {
    queryKey: ["speech", projectId ?? "", soundOf(line)] as const,
    queryFn: () => (line.recording ? recorded(line.recording) : said(projectId, line)),
    enabled: wanted && (line.recording !== null || line.text.trim() !== ""),
    staleTime: LINK_LASTS_MS,
    gcTime: LINK_LASTS_MS,
    retry: false,
  };
}

/** A line as the studio is asked to say it for the ear: its place in the shot does not matter. */
export function bodyOf(projectId: string | undefined, line: Line) {
  return { ...line, pause_before_s: 0, pronunciations: {}, project_id: projectId ?? null };
}

async function said(projectId: string | undefined, line: Line): Promise<Sound> {
  const told = await answer(api.POST("/v1/speech", { body: bodyOf(projectId, line) }));
  const { url, seconds, unspoken, unheeded, pause_before_s } = told;
  return { url, seconds, peaks: await peaksOf(url), asideS: pause_before_s, unspoken, unheeded };
}

async function recorded(assetId: string): Promise<Sound> {
  const asset = await answer(api.GET("/v1/assets/{asset_id}", { params: { path: { asset_id: assetId } } }));
  return { url: asset.url, seconds: asset.seconds ?? 0, peaks: await peaksOf(asset.url), asideS: 0, unspoken: [], unheeded: "" };
}

async function peaksOf(url: string): Promise<number[]> {
  try {
    const body = await (await fetch(url)).arrayBuffer();
    const sound = (await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(body)).getChannelData(0);
    const step = Math.max(1, Math.floor(sound.length / PEAKS));
    const peaks = Array.from({ length: PEAKS }, (_, place) => loudest(sound.subarray(place * step, (place + 1) * step)));
    const most = Math.max(...peaks, 1e-6);
    return peaks.map((peak) => peak / most);
  } catch {
    return []; // it can still be listened to
  }
}

function loudest(samples: Float32Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}
