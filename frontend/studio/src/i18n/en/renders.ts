export const renders = {
  filter: "Which takes",
  filters: { ALL: "All", RENDERING: "Rendering", QUEUED: "Waiting", SUCCEEDED: "Done", FAILED: "Failed", CANCELLED: "Cancelled", CONSENT_BLOCKED: "No consent", QUARANTINED: "Set aside" },
  empty: "Nothing was rendered yet",
  emptyHelp: "Every take stands here while it waits, renders and when it is done. Open a shot and press Render.",
  emptyFilter: "No such take now",
  open: "Open",
  loose: "A take without a shot",
  back: "To the renders",
  facts: "{{size}} · {{seconds}} s · {{model}} · {{made}}",
  took: "rendered in {{seconds}} s",
} as const;
