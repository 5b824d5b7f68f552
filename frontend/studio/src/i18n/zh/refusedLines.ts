import type { refusedLines as english } from "../en/refusedLines";
import type { Words } from "../words";

export const refusedLines: Words<typeof english> = {
  empty_line: "台词是空的：请输入角色要说的话，或删除这句。",
  line_too_long: "台词太长，无法一次说完：请拆成几句。内容都已保留。",
  markup_in_line: "台词里有 SSML 之类的标记：请只保留文字，停顿用 … 或 —— 表示。",
  language_not_offered: "没有会说这种语言的声音：台词可用英语和普通话。也可以录下这句。",
  wrong_language: "这个声音读不了这种文字：请选择相应语言的声音，或录下这句。",
  nothing_to_say: "这句里没有可读的字：请输入角色要说的话。",
  unknown_voice: "没有这个声音：请另选一个。",
  bad_speed: "没有声音能用这个语速：请去掉语气说明。",
  bad_pronunciation: "读音不是拼音：请写成带声调数字的音节，例如 chang2 jie1。",
  voice_server_failed: "语音服务没有回应：请重试，或选用自带的声音。",
  recording_unreadable: "无法读取这段录音：请使用 WAV、MP3、M4A、OGG 或 WebM。",
  recording_too_long: "录音超过两分钟：请剪到只剩这句台词。",
  recording_too_large: "录音文件太大：请剪短，或存为 MP3。",
  recording_silent: "录音里没有声音：请检查麦克风后重录。",
  recording_without_speech: "录音里没有人说话（音乐不算）：请在安静的房间里录这句台词。",
  recording_clipped: "声音太大，已失真：请调低麦克风或离远一些，再录一次。",
  recording_two_voices: "听到两个人同时说话：请一次只录一个人的一句台词。",
};
