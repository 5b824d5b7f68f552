import type { entry as english } from "../en/entry";
import type { Words } from "../words";

export const entry: Words<typeof english> = {
  signIn: "登录",
  signUp: "注册",
  signInWith: "使用 {{provider}} 登录",
  email: "电子邮箱",
  password: "密码",
  passwordHint: "至少十个字符；用一句话最好记。",
  showPassword: "显示密码",
  newHere: "第一次来？",
  knownHere: "已有账户？",
  localHint: "在自己的电脑上，工作室启动时会打印登录链接；dramatis sign-in-link 可生成新的链接。",
  yourName: "你的名字",
  organisation: "组织",
  join: "加入",
  joinName: "加入 {{organisation}}",
  invitedAs: "{{email}} 受邀成为{{role}}。",
  alreadyHere: "此邮箱已有账户？",
  signInFirst: "先登录，再加入。",
  joinAsMyself: "以当前身份加入",
  roles: { owner: "所有者", admin: "管理员", editor: "编辑", viewer: "查看者" },
  signOut: "退出登录",
  switchTo: "切换到 {{organisation}}",
  signedInAs: "{{name}}，{{organisation}} 的{{role}}",
};
