import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type ProxyOptions } from "vite";

const BUILT = "../../studio/browser/built";
const PACKED = /\.(js|css|svg|json)$/;

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
  const ours = "^/(?!$|src|@|node_modules|static|films|cast($|/)|renders|account($|/)|first-film|sign-|join)";
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
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
} as Parameters<typeof defineConfig>[0]);
