/** Dramatis as a video provider of the Vercel AI SDK (`experimental_generateVideo`, video model specification v4). */

import { APICallError, type Experimental_VideoModelV4 as VideoModel, type SharedV4Warning as Warning } from "@ai-sdk/provider";

type Options = Parameters<NonNullable<VideoModel["doStart"]>>[0];
type File = NonNullable<Options["image"]>;

export interface DramatisSettings {
  /** The studio's address with `/v1` behind it; `DRAMATIS_BASE_URL` unless you say otherwise. */
  baseURL?: string;
  /** One of your keys; `DRAMATIS_API_KEY` unless you say otherwise. Keep it on a server. */
  apiKey?: string;
}

/** What a video says of itself that this provider reads. */
interface Video {
  id: string;
  status: "queued" | "in_progress" | "completed" | "failed" | "cancelled";
  error: { code: string; message: string } | null;
  seed: number;
  identity: { character_name: string; verdict: "pass" | "fail" | "unscored"; score: number | null }[] | null;
  receipt: { sha256: string } | null;
}

export function createDramatis({
  baseURL = process.env.DRAMATIS_BASE_URL ?? "",
  apiKey = process.env.DRAMATIS_API_KEY ?? "",
}: DramatisSettings = {}) {
  const authorization = `Bearer ${apiKey}`;

  /** Asks, and raises what the SDK repeats by itself (429, 5xx, no answer) or shows (everything else). */
  async function ask(path: string, given: Options["headers"], init: RequestInit): Promise<Response> {
    const url = `${baseURL}${path}`;
    const type = init.body ? { "content-type": "application/json" } : {};
    const sent = Object.entries({ ...given, ...type, authorization });
    const headers = sent.filter((header): header is [string, string] => header[1] !== undefined);
    const reply = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
      if (init.signal?.aborted) throw cause;
      const message = `no answer from ${url}: ${String(cause)}`;
      throw new APICallError({ message, url, requestBodyValues: init.body, cause, isRetryable: true });
    });
    if (reply.ok) return reply;
    const responseBody = await reply.text();
    throw new APICallError({
      message: wordsOf(responseBody) ?? reply.statusText,
      url,
      requestBodyValues: init.body,
      statusCode: reply.status,
      responseHeaders: Object.fromEntries(reply.headers),
      responseBody,
    });
  }

  function video(modelId: string): VideoModel {
    const response = (headers: Headers) => ({ timestamp: new Date(), modelId, headers: Object.fromEntries(headers) });
    return {
      specificationVersion: "v4",
      provider: "dramatis",
      modelId,
      maxVideosPerCall: 1,

      async doStart(options) {
        const { body, warnings } = bodyOf(modelId, options);
        // The SDK's headers hold a key for each call, the same in every retry of it: none makes a second video.
        const reply = await ask("/videos", options.headers, { method: "POST", body, signal: options.abortSignal ?? null });
        return { operation: ((await reply.json()) as Video).id, warnings, response: response(reply.headers) };
      },

      async doStatus({ operation, headers, abortSignal = null }) {
        const reply = await ask(`/videos/${operation}`, headers, { signal: abortSignal });
        const told = (await reply.json()) as Video;
        const common = { response: response(reply.headers) };
        if (told.status === "queued" || told.status === "in_progress") return { status: "pending", ...common };
        if (told.status !== "completed") return { status: "error", error: told.error?.message ?? told.status, ...common };
        const clip = await ask(`/videos/${operation}/content`, headers, { signal: abortSignal });
        const data = new Uint8Array(await clip.arrayBuffer());
        const { id, seed, identity, receipt } = told;
        return {
          status: "completed",
          videos: [{ type: "binary", data, mediaType: "video/mp4" }],
          warnings: [],
          providerMetadata: { dramatis: { videos: [{ id, seed, identity, receipt: receipt?.sha256 ?? null }] } },
          ...common,
        };
      },
    };
  }

  return { video };
}

/** The SDK's words in ours. `providerOptions.dramatis` goes through as it is: `consent`, `characters`, `framing`, … */
function bodyOf(model: string, options: Options) {
  const warnings: Warning[] = [];
  const unsupported = (feature: string, details: string) => warnings.push({ type: "unsupported", feature, details });
  if (options.aspectRatio && !options.resolution) unsupported("aspectRatio", "choose a `resolution` that the model has");
  if (options.frameImages?.length) unsupported("frameImages", "a photo says who is seen, not how the clip begins");
  if (options.generateAudio) unsupported("generateAudio", "clips have no sound");
  const body = JSON.stringify({
    model,
    prompt: options.prompt,
    input_reference: options.image && photoOf(options.image),
    references: options.inputReferences?.map(photoOf),
    seconds: options.duration,
    size: options.resolution,
    fps: options.fps,
    seed: options.seed,
    ...options.providerOptions.dramatis,
  });
  return { body, warnings };
}

/** A data URL: links are not fetched by the studio. */
function photoOf(file: File): string {
  if (file.type === "url") {
    if (file.url.startsWith("data:image/")) return file.url;
    throw new Error("Dramatis fetches no links: give the photo itself");
  }
  const base64 = typeof file.data === "string" ? file.data : Buffer.from(file.data).toString("base64");
  return `data:${file.mediaType};base64,${base64}`;
}

function wordsOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { error?: { message?: string } }).error?.message;
  } catch {
    return undefined;
  }
}
