import { describe, expect, it } from "vitest";

import { browserName } from "./browserName";

const MOZILLA = "Mozilla/5.0";

describe("browserName", () => {
  it.each([
    [`${MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36`, "Chromium", "Linux"],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36`, "Chrome", "Windows"],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0`, "Edge", "Windows"],
    [`${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, "Safari", "macOS"],
    [`${MOZILLA} (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1`, "Chrome", "iOS"],
    [`${MOZILLA} (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0`, "Firefox", "Android"],
    ["python-httpx/0.28.1", "python-httpx", ""],
  ])("reads %s", (told, browser, system) => {
    expect(browserName(told)).toEqual({ browser, system });
  });

  it("knows nothing of a browser that says nothing", () => {
    expect(browserName("  ")).toBeNull();
  });
});
