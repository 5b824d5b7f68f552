import { answer, api, freshKey, type Schemas } from "@/api/client";
import { Problem, Unreachable } from "@/api/problem";

export type UploadKind = Schemas["UploadCreate"]["kind"];
export type Asset = Schemas["AssetView"];

const TYPE_BY_ENDING: Record<string, string> = { heic: "image/heic", heif: "image/heif" };

/** Browsers do not know every picture's type; its ending does. */
export function typeOf(file: File): string {
  const ending = file.name.split(".").pop()?.toLowerCase() ?? "";
  return file.type || TYPE_BY_ENDING[ending] || "application/octet-stream";
}

/** Put a file into the store and have it taken in. `onProgress` is told the share that was sent. */
export async function uploadFile(
  file: File,
  kind: UploadKind,
  { onProgress, signal }: { onProgress?: (share: number) => void; signal?: AbortSignal } = {},
): Promise<Asset> {
  const form = await answer(
    api.POST("/v1/uploads", {
      body: { kind, content_type: typeOf(file), size_bytes: file.size },
      params: { header: { "Idempotency-Key": freshKey() } },
      signal,
    }),
  );
  await send(form, file, onProgress, signal);
  return answer(api.POST("/v1/uploads/{upload_id}/complete", { params: { path: { upload_id: form.id } }, signal }));
}

/** Nobody will use it: erase it where it lies. */
export function eraseUpload(assetId: string): void {
  void api.DELETE("/v1/assets/{asset_id}", { params: { path: { asset_id: assetId } } }).catch(() => {});
}

/** The store takes a form with the file as its last field. XMLHttpRequest, because fetch tells no progress of uploads. */
function send(
  form: Schemas["UploadView"],
  file: File,
  onProgress?: (share: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.url);
    request.upload.onprogress = (event) => onProgress?.(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(refusalOf(request)));
    request.onerror = () => reject(new Unreachable(new Error("the store did not answer")));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** The studio passes a store of its own through, and says why in JSON; any other store answers as S3 does. */
function refusalOf(request: XMLHttpRequest): Problem {
  const words = detailOf(request.responseText) ?? request.statusText;
  const body = { title: "The store refused the file", status: request.status, code: "store_refused", detail: words };
  return new Problem(body, null, null);
}

function detailOf(told: string): string | undefined {
  try {
    return (JSON.parse(told) as { detail?: string }).detail;
  } catch {
    return /<Message>(.*?)<\/Message>/.exec(told)?.[1];
  }
}
