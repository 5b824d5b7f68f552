import type { queue as english } from "../en/queue";
import type { Words } from "../words";

export const queue: Words<typeof english> = {
  title: "队列",
  waiting_one: "{{count}} 条正在等待",
  waiting_other: "{{count}} 条正在等待",
  paused_one: "已暂停：{{count}} 条正在等待",
  paused_other: "已暂停：{{count}} 条正在等待",
  pause: "暂停",
  resume: "继续",
  eta: "{{time}}后完成",
  unserved: "目前没有机器能用 {{model}} 渲染",
  priority: "“{{name}}”的优先级",
  priorities: { interactive: "即时", normal: "普通", batch: "批量" },
  up: "上移：{{name}}",
  down: "下移：{{name}}",
};
