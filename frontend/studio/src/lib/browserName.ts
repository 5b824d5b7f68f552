/** What a browser calls itself, read as people name it: a `User-Agent` in, "Chromium" and "Linux" out. */
export interface BrowserName {
  browser: string;
  /** Empty where it does not say. */
  system: string;
}

// The first that fits counts: most browsers also claim to be the ones below them.
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chromium)\//, "Chromium"],
  [/\b(Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bWindows\b/, "Windows"],
  [/\bAndroid\b/, "Android"],
  [/\biPad\b/, "iPadOS"],
  [/\biPhone\b/, "iOS"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** null when it says nothing. */
export function browserName(userAgent: string): BrowserName | null {
  const told = userAgent.trim();
  if (!told) return null;
  const named = (list: readonly [RegExp, string][]) => list.find(([pattern]) => pattern.test(told))?.[1];
  return { browser: named(BROWSERS) ?? told.split(/[\s/]/)[0] ?? told, system: named(SYSTEMS) ?? "" };
}
