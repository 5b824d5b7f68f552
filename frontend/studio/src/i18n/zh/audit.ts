import type { audit as english } from "../en/audit";
import type { Words } from "../words";

export const audit: Words<typeof english> = {
  byMachine: "本机",
  byOperator: "本站的运营者",
  byNobodyKnown: "未知的人",
  byKey: "密钥 {{name}}",
  did: {
    organisation: {
      made: "创建了组织{{name}}",
      renamed: "将组织更名为{{name}}",
      deletion_asked: "请求删除组织",
      suspended: "停用了组织：{{reason}}",
      restored: "恢复了组织：{{reason}}",
    },
    member: {
      joined: "以{{role}}身份加入",
      role_changed: "将{{subject}}的身份由{{before}}改为{{role}}",
      removed: "移除了{{subject}}（{{role}}）",
    },
    invitation: { made: "邀请 {{email}} 成为{{role}}", revoked: "收回了对 {{email}} 的邀请" },
    password: { changed: "更改了密码" },
    key: { made: "生成了 API 密钥 {{name}}", revoked: "撤销了 API 密钥 {{name}}" },
    consent: {
      recorded: "记录了{{by}}的授权：{{kind}}",
      revoked: "撤销了授权：{{kind}}",
      attested: "为 API 生成的一切作出授权声明：{{kind}}",
      standing_ended: "结束了授权声明",
    },
    character: { erased: "删除了一个角色及其全部内容" },
    picture: { flagged: "有图片被标记", refused: "有图片被拒绝" },
    webhook: {
      made: "创建了 Webhook 端点“{{name}}”，地址为 {{url}}",
      deleted: "删除了 Webhook 端点“{{name}}”",
      secret_rotated: "更换了 Webhook 端点“{{name}}”的密钥",
      disabled: "停用了 Webhook 端点“{{name}}”：{{reason}}",
      enabled: "启用了 Webhook 端点“{{name}}”",
    },
    credits: { granted: "发放了 {{amount}}：{{reason}}", reversed: "收回了 {{amount}}：{{reason}}" },
    charge: { refunded: "退还了 {{subject}} 的 {{amount}}：{{reason}}" },
    order: { refunded: "退回了订单 {{subject}} 的 {{amount}}：{{reason}}" },
    cap: { set: "把支出上限设为 {{limit}}（{{scope}}，{{period}}）", removed: "取消了支出上限 {{subject}}" },
    session: { begun: "登录（{{way}}）", refused: "尝试登录，但密码错误", ended: "结束了一个会话" },
  },
};
