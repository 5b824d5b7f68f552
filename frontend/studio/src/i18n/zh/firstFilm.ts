import type { firstFilm as english } from "../en/firstFilm";
import type { Words } from "../words";

export const firstFilm: Words<typeof english> = {
  title: "几张照片，五个镜头",
  help: "放入孩子或你自己的照片，选择一个故事，看五个镜头逐一完成。",
  whose: "这是谁的脸？",
  photos: "照片",
  consentFirst: "请先说明谁允许使用这张脸；在此之前不会识别任何人。",
  name: "主角名字",
  story: "故事",
  stories: {
    birthday: "{{name}} 的生日",
    bedtime: "给 {{name}} 的睡前故事",
    explorer: "探险家 {{name}}",
    space: "{{name}} 飞向太空",
    school: "{{name}} 上学第一天",
  },
  sentence: "影片里的一句话",
  sentenceHint: "会在影片中说出，并显示为字幕。留空则无人说话。",
  sayer: "由谁来说",
  sayers: { narrator: "旁白", hero: "{{name}}，用自己的录音" },
  heroHint: "用麦克风录下来。上面的授权也适用于这个声音。",
  recordIt: "录音",
  make: "制作影片",
  goOn: "继续",
  brokeOff: "{{name}} 已选定，影片只完成了一部分就中断了，可从中断处继续。",
  coming: "已完成 {{done}} / {{all}} 个镜头。可以离开此页，渲染会继续。",
  allThere: "{{all}} 个镜头全部完成。",
  rendering: "{{share}} %",
  failed: "未完成",
  openBoard: "打开故事板",
  again: "再做一部",
};
