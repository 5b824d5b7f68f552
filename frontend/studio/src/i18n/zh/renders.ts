import type { renders as english } from "../en/renders";
import type { Words } from "../words";

export const renders: Words<typeof english> = {
  filter: "显示哪些条",
  filters: { ALL: "全部", RENDERING: "渲染中", QUEUED: "等待中", SUCCEEDED: "完成", FAILED: "失败", CANCELLED: "已取消", CONSENT_BLOCKED: "未获授权", QUARANTINED: "已隔离" },
  empty: "还没有渲染过",
  emptyHelp: "每一条在等待、渲染和完成时都会显示在这里。打开镜头并点击“渲染”。",
  emptyFilter: "目前没有这样的条",
  open: "打开",
  loose: "不属于镜头的一条",
  back: "返回渲染列表",
  facts: "{{size}} · {{seconds}} 秒 · {{model}} · {{made}}",
  took: "渲染用时 {{seconds}} 秒",
};
