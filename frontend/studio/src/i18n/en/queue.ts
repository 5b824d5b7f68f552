export const queue = {
  title: "Queue",
  waiting_one: "{{count}} take waits",
  waiting_other: "{{count}} takes wait",
  paused_one: "Paused: {{count}} take waits",
  paused_other: "Paused: {{count}} takes wait",
  pause: "Pause",
  resume: "Resume",
  eta: "done in {{time}}",
  priority: "Priority of {{name}}",
  priorities: { interactive: "Interactive", normal: "Normal", batch: "Batch" },
  up: "Move up: {{name}}",
  down: "Move down: {{name}}",
} as const;
