import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type ProxyOptions } from "vite";

const BUILT = "../../studio/browser/built";
const PACKED = /\.(js|css|svg|json)$/;

/** A page comes in a handful of files: each one costs a request, and a browser asks for six at a time. */
const FEW_FILES = [
  { name: "base", tags: ["$initial"], priority: 1 },
  // A few lines that many pages need must not bring the pages that share them.
  { name: "base", test: /icons-react.*\/icons\/|pages\/takes\/(address|takeState)\.ts$|use-clipboard|CopyButton|InlineInput|InputsGroupFieldset|lib\/(drafts|credits)\.ts/, priority: 1 },
  { name: "shared", minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 2_000 },
];

/** Lays a .gz beside every text file, so that the server need not pack one for each request. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    closeBundle() {
      const folder = join(import.meta.dirname, BUILT, "static");
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (PACKED.test(name)) writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
      }
    },
  };
}

/** While developing: everything that is not the app's own goes to a running studio, with its local key. */
function proxyToStudio(): Record<string, ProxyOptions> {
  const target = process.env.DRAMATIS_URL ?? "http://127.0.0.1:8420";
  const key = process.env.DRAMATIS_KEY;
  const ours = "^/(?!$|src|@|node_modules|static|films|cast($|/)|renders|account($|/)|operator($|/)|first-film|sign-|join)";
  return { [ours]: { target, headers: key ? { Authorization: `Bearer ${key}` } : {} } };
}

export default defineConfig({
  resolve: { alias: { "@": join(import.meta.dirname, "src") } },
  plugins: [react(), precompress()],
  server: { proxy: proxyToStudio() },
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    assetsDir: "static/app",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: FEW_FILES },
        chunkFileNames: ({ name }) => `static/app/${name.split("~")[0]}-[hash].js`, // not after every page that shares it
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
} as Parameters<typeof defineConfig>[0]);
