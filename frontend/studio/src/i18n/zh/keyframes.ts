import type { keyframes as english } from "../en/keyframes";
import type { Words } from "../words";

export const keyframes: Words<typeof english> = {
  title: "关键帧",
  empty: "片段在首帧、末帧或中间某一刻要呈现的画面，模型会朝着它们绘制。",
  unavailable: "片段在指定时刻要呈现的画面。{{model}} 不支持关键帧，Wan VACE 系列支持。",
  add: "添加图片",
  full: "一个镜头最多 {{count}} 张关键帧。",
  moment: "所在位置",
  moments: { first: "首帧", last: "末帧", seconds: "指定时刻" },
  seconds: "距开头的秒数",
  secondsUnit: " 秒",
  at: { first: "首帧的关键帧", last: "末帧的关键帧", seconds: "{{seconds}} 秒处的关键帧" },
  remove: "移除这张关键帧",
  gone: "图片已不存在",
};
