import type { acting as english } from "../en/acting";
import type { Words } from "../words";

export const acting: Words<typeof english> = {
  understood: "将表演：{{acts}}。",
  of: "{{name}}：{{acts}}",
  and: "；",
  comma: "，",
  degrees: { plain: "{{feeling}}", slight: "略带{{feeling}}", strong: "强烈的{{feeling}}" },
  feelings: {
    joy: "喜悦",
    sorrow: "悲伤",
    worry: "担忧",
    anger: "愤怒",
    fear: "恐惧",
    surprise: "惊讶",
    disgust: "厌恶",
    contempt: "轻蔑",
    doubt: "怀疑",
    pride: "骄傲",
    tiredness: "疲惫",
    tenderness: "温柔",
  },
  mouth: { noSmile: "不笑", closedLips: "双唇闭合" },
  looks: { looks: "看向{{where}}", glances: "瞥向{{where}}", eyes: "仅眼睛转向{{where}}" },
  where: {
    lens: "镜头",
    other: "对方",
    away: "无人处",
    distance: "远方",
    left: "左侧",
    right: "右侧",
    up: "上方",
    down: "下方",
  },
};
