import { readFile, writeFile } from "node:fs/promises";

import { APICallError, experimental_generateVideo as generateVideo } from "ai";

import { createDramatis } from "./dramatis.js";

const dramatis = createDramatis(); // reads DRAMATIS_BASE_URL and DRAMATIS_API_KEY
const asked = {
  model: dramatis.video("previs"),
  prompt: { image: await readFile("photo.png"), text: "She smiles, then slowly turns to the left" },
  resolution: "256x256",
  duration: 0.5,
  poll: { intervalMs: 250 },
} as const;

const { video, warnings, providerMetadata } = await generateVideo({
  ...asked,
  seed: 7,
  aspectRatio: "1:1",
  generateAudio: true,
  providerOptions: { dramatis: { consent: { kind: "own", by: "Eileen" }, framing: "cu" } },
});
await writeFile("clip.mp4", video.uint8Array);
console.log(video.mediaType, JSON.stringify(warnings));
console.log(JSON.stringify(providerMetadata.dramatis));

try {
  await generateVideo(asked); // nobody consents: no face is measured
} catch (error) {
  if (!APICallError.isInstance(error)) throw error;
  console.log(error.statusCode, error.message);
}
