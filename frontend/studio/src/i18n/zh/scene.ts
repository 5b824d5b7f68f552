import type { scene as english } from "../en/scene";
import type { Words } from "../words";

export const scene: Words<typeof english> = {
  setting: "第 {{number}} 场：镜头共用的设定",
  settingHelp: "本场的镜头都采用这些设定，除非镜头另有自己的设定。",
  suggests: "场景标题建议：{{words}}",
  take: "采用",
  light: "光线",
  lightHelp: "供能读懂文字的模型使用。预演的光线来自背景板。",
  lightOpen: "按提示词",
  lightOfScene: "同场次：{{light}}",
  lights: {
    day: "白天",
    overcast: "阴天",
    golden_hour: "黄金时刻",
    dusk: "黄昏",
    night: "夜晚",
    lamplight: "灯光",
    candlelight: "烛光",
    moonlight: "月光",
  },
  ambience: "环境声",
  ambienceHelp: "在整部影片及其文件中作为底声，镜头之间不间断。",
  noAmbience: "无",
  ambiences: { room: "安静的房间", wind: "风声", rain: "雨声", sea: "海浪", street: "街道", forest: "森林", night: "夜晚虫鸣", fire: "炉火" },
  listen: "试听",
  stopListening: "停止",
  grade: "调色",
  gradeHelp: "即时可见，下载的成片也会带上。无需重新渲染；每一条自己的文件保持不变。",
  styles: { none: "无", warm: "暖调", cool: "冷调", noir: "黑白", faded: "褪色", vivid: "鲜艳" },
  knobs: { exposure: "曝光", temperature: "色温", contrast: "对比度" },
  lightAndGrade: "光线与调色",
};
