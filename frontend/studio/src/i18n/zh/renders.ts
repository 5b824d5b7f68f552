import type { renders as english } from "../en/renders";
import type { Words } from "../words";

export const renders: Words<typeof english> = {
  filter: "显示哪些条",
  filters: { ALL: "全部", RENDERING: "渲染中", QUEUED: "等待中", SUCCEEDED: "完成", FAILED: "失败" },
  empty: "还没有渲染过",
  emptyHelp: "每一条在等待、渲染和完成时都会显示在这里。打开镜头并点击“渲染”。",
  emptyFilter: "目前没有这样的条",
  open: "打开",
  play: "播放片段",
  took: "渲染用时 {{seconds}} 秒",
};
