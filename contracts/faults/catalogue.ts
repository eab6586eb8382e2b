import type { FaultKind } from '../kernel/fault-kind.ts';
import { type Text, t } from '../kernel/text.ts';

interface Entry {
  readonly kind: FaultKind;
  /** HTTP status of the problem document (RFC 9457). */
  readonly status: number;
  /** What was wrong, where, and what to do. `{name}` takes the fault's data. */
  readonly text: Text;
}

const entry = (kind: FaultKind, status: number, zh: string, en: string): Entry => ({
  kind,
  status,
  text: t(zh, en),
});

/** Every fault of the product: `room.subject.reason`. A retired code moves to `retired` and is never used again. */
export const catalogue = {
  'kernel.internal.error': entry(
    'broken',
    500,
    '系统内部错误，请联系管理员并提供请求编号',
    'Internal error; give the request id to the administrator',
  ),
  'kernel.params.invalid': entry('rejected', 422, '参数不正确：{issues}', 'Invalid parameters: {issues}'),
  'kernel.record.missing': entry(
    'rejected',
    404,
    '找不到该记录：{record} {id}',
    'No such record: {record} {id}',
  ),
  'kernel.record.duplicate': entry(
    'rejected',
    409,
    '已存在相同的 {field}',
    'A record with the same {field} exists',
  ),
  'kernel.record.stale': entry(
    'rejected',
    412,
    '记录已被他人修改，请刷新后重试',
    'The record was changed by somebody else; reload and try again',
  ),
  'kernel.version.required': entry(
    'rejected',
    428,
    '修改时必须带 If-Match 版本号',
    'A change needs the If-Match header with the version',
  ),
  'kernel.version.malformed': entry(
    'rejected',
    400,
    'If-Match 不是有效的版本号',
    'If-Match is not a version',
  ),
  'kernel.scope.missing': entry(
    'broken',
    500,
    '缺少机构范围，查询被拒绝',
    'A query without an organisation scope was refused',
  ),
  'kernel.idempotency.mismatch': entry(
    'rejected',
    422,
    '同一幂等键已用于不同的请求',
    'The idempotency key was used for a different request',
  ),
  'kernel.idempotency.running': entry(
    'transient',
    409,
    '相同幂等键的请求正在处理，请稍后重试',
    'A request with this idempotency key is still running; try again',
  ),
  'kernel.idempotency.malformed': entry(
    'rejected',
    400,
    '幂等键须为 8 到 100 个可见字符',
    'The idempotency key must be 8 to 100 visible characters',
  ),
  'kernel.machine.illegal': entry(
    'rejected',
    409,
    '当前状态 {state} 不允许 {action}',
    'Action {action} is not allowed in state {state}',
  ),
  'kernel.machine.reason': entry('rejected', 422, '必须填写原因', 'A reason is required'),
  'kernel.machine.guard': entry(
    'rejected',
    409,
    '不满足前置条件：{guard}',
    'A precondition does not hold: {guard}',
  ),
  'kernel.store.unavailable': entry(
    'transient',
    503,
    '数据库暂不可用，请稍后重试',
    'The database is not available; try again',
  ),
  'kernel.store.full': entry(
    'transient',
    507,
    '存储空间不足，操作未执行',
    'Storage is full; nothing was changed',
  ),
  'kernel.mesh.unavailable': entry(
    'transient',
    503,
    '服务暂不可用，请稍后重试',
    'The service is not available; try again',
  ),
  'kernel.mesh.timeout': entry(
    'ambiguous',
    504,
    '服务超时，结果未知，请查询后再试',
    'The service timed out; check the outcome before trying again',
  ),
  'kernel.mesh.large': entry(
    'rejected',
    413,
    '服务间消息超过 {limit} 字节',
    'A message between services exceeds {limit} bytes',
  ),
  'kernel.config.invalid': entry('broken', 500, '配置错误：{problem}', 'Configuration error: {problem}'),
  'gateway.body.malformed': entry('rejected', 400, '请求体不是有效的 JSON', 'The body is not valid JSON'),
  'gateway.body.large': entry('rejected', 413, '请求体超过 {limit} 字节', 'The body exceeds {limit} bytes'),
  'gateway.body.type': entry(
    'rejected',
    415,
    '不支持的内容类型，请使用 application/json',
    'Unsupported content type; use application/json',
  ),
  'gateway.route.missing': entry('rejected', 404, '没有该接口', 'No such route'),
  'gateway.method.refused': entry(
    'rejected',
    405,
    '该接口不支持 {method} 方法',
    'Method {method} is not supported here',
  ),
  'gateway.url.malformed': entry(
    'rejected',
    400,
    '地址中有无法识别的编码',
    'The address is not validly encoded',
  ),
  'gateway.request.malformed': entry('rejected', 400, '不是有效的 HTTP 请求', 'Not a valid HTTP request'),
  'gateway.request.slow': entry(
    'rejected',
    408,
    '请求未在规定时间内传完',
    'The request did not arrive in time',
  ),
  'gateway.headers.large': entry(
    'rejected',
    431,
    '请求头超过允许的大小',
    'The request headers are too large',
  ),
  'gateway.rate.exceeded': entry(
    'transient',
    429,
    '请求过于频繁，请稍后重试',
    'Too many requests; try again later',
  ),
  'gateway.origin.refused': entry('denied', 403, '跨站请求被拒绝', 'Cross-site request refused'),
  'user.session.missing': entry('denied', 401, '请先登录', 'Sign in first'),
  'user.session.expired': entry(
    'denied',
    401,
    '登录已过期，请重新登录',
    'The session has expired; sign in again',
  ),
  'user.login.failed': entry('denied', 401, '用户名或密码错误', 'Wrong user name or password'),
  'user.login.locked': entry(
    'denied',
    429,
    '登录失败次数过多，请 {minutes} 分钟后再试',
    'Too many failed sign-ins; try again in {minutes} minutes',
  ),
  'user.permission.missing': entry(
    'denied',
    403,
    '没有权限：{permission}',
    'Permission missing: {permission}',
  ),
  'user.org.refused': entry('denied', 403, '您不属于该机构', 'You do not belong to that organisation'),
  'donor.identity.missing': entry(
    'rejected',
    422,
    '消息没有患者标识，无法建档',
    'The message carries no patient identifier',
  ),
  'donor.identity.conflict': entry(
    'rejected',
    409,
    '患者标识 {number} 指向不同的供者，请人工核对',
    'Identifier {number} points to different donors; resolve by hand',
  ),
  'donor.merge.missing': entry(
    'rejected',
    422,
    '合并消息缺少被合并的患者标识',
    'The merge carries no prior patient identifier',
  ),
  'donor.record.merged': entry('rejected', 409, '该供者已并入 {into}', 'This donor was merged into {into}'),
  'order.number.unknown': entry(
    'rejected',
    404,
    '找不到申请单号 {number} 对应的订单',
    'No order with placer number {number}',
  ),
  'order.donor.mismatch': entry(
    'rejected',
    409,
    '订单 {number} 已属于另一位供者',
    'Order {number} belongs to another donor',
  ),
  'codeset.code.unmapped': entry(
    'rejected',
    422,
    '代码未对照：{table} {code}',
    'Unmapped code: {table} {code}',
  ),
  'codeset.span.empty': entry(
    'rejected',
    422,
    '失效时间须晚于生效时间',
    'A pair must end to hold after it begins',
  ),
  'codeset.sheet.invalid': entry(
    'rejected',
    422,
    '有 {count} 行不能导入，第一处在第 {line} 行；先检查，再导入',
    '{count} lines cannot be taken, the first is line {line}; check first, then import',
  ),
  'channel.template.unfilled': entry(
    'rejected',
    422,
    '模板填写有误：{field} {problem}',
    'The template is not filled in: {field} {problem}',
  ),
  'channel.form.missing': entry(
    'rejected',
    404,
    '该通道没有 {form} 形式的规范',
    'This channel has no specification in the form {form}',
  ),
  'channel.text.invalid': entry(
    'rejected',
    422,
    '通道定义不正确：{problem}',
    'The channel definition is not valid: {problem}',
  ),
  'channel.sample.failed': entry(
    'rejected',
    409,
    '黄金样例未通过：{sample} {path}',
    'A golden sample does not pass: {sample} {path}',
  ),
  'channel.sample.malformed': entry(
    'rejected',
    422,
    '样例无法使用：{problem}',
    'The sample cannot be used: {problem}',
  ),
  'channel.publication.approval': entry(
    'rejected',
    409,
    '本机构的发布须第二人批准，请提交发布申请',
    'Publishing needs a second person here; submit a publication',
  ),
  'channel.publication.own': entry(
    'denied',
    403,
    '不能批准自己提交的发布',
    'Nobody approves what he submitted himself',
  ),
  'channel.publication.decided': entry(
    'rejected',
    409,
    '该发布已有结论：{state}',
    'The publication has been decided: {state}',
  ),
  'channel.bundle.invalid': entry(
    'rejected',
    422,
    '导入文件不正确：{problem}',
    'The file cannot be imported: {problem}',
  ),
  'channel.endpoint.unknown': entry(
    'rejected',
    422,
    '没有名为 {endpoint} 的端点',
    'No endpoint named {endpoint}',
  ),
  'message.state.refused': entry(
    'rejected',
    409,
    '消息状态为 {state}，不能执行该操作',
    'The message is {state}; this cannot be done',
  ),
  'message.body.pruned': entry(
    'rejected',
    410,
    '原文已按保留策略清理',
    'The content was pruned by the retention policy',
  ),
  'message.target.missing': entry(
    'rejected',
    409,
    '该消息没有发往 {target} 的投递',
    'The message has no delivery to {target}',
  ),
  'message.search.wide': entry(
    'rejected',
    422,
    '在最近 {rows} 条消息中未找满一页，请用 filter[receivedAt] 缩小时间范围',
    'The newest {rows} rows did not fill the page; narrow the time range of the search',
  ),
  'hub.frame.broken': entry('rejected', 400, '报文帧不完整：{reason}', 'The frame is broken: {reason}'),
  'hub.frame.large': entry('rejected', 413, '报文超过 {limit} 字节', 'The message exceeds {limit} bytes'),
  'hub.charset.undecodable': entry(
    'rejected',
    422,
    '第 {offset} 字节不能按 {charset} 解码',
    'Byte {offset} cannot be decoded as {charset}',
  ),
  'hub.message.unsound': entry(
    'rejected',
    422,
    '消息结构不正确：{segment} {field} {reason}',
    'The message is not sound: {segment} {field} {reason}',
  ),
  'hub.mapping.failed': entry(
    'rejected',
    422,
    '映射失败：{path} {reason}',
    'Mapping failed: {path} {reason}',
  ),
  'hub.peer.refused': entry(
    'transient',
    503,
    '对方拒绝连接：{reason}',
    'The peer refused the connection: {reason}',
  ),
  'hub.peer.timeout': entry(
    'ambiguous',
    504,
    '对方未在 {ms} 毫秒内应答',
    'The peer did not answer within {ms} ms',
  ),
  'hub.peer.negative': entry(
    'rejected',
    502,
    '对方返回否定应答 {ack}：{reason}',
    'The peer answered {ack}: {reason}',
  ),
  'hub.peer.busy': entry('transient', 503, '对方暂不能处理：{ack}', 'The peer cannot take it now: {ack}'),
  'hub.peer.lost': entry(
    'ambiguous',
    502,
    '等待应答时连接中断：{reason}',
    'The connection was lost before the answer: {reason}',
  ),
  'hub.address.taken': entry(
    'broken',
    500,
    '地址 {address} 已被占用，请更换端口',
    'The address {address} is taken; choose another port',
  ),
  'hub.address.refused': entry(
    'broken',
    500,
    '无法监听 {address}：{reason}',
    'Cannot listen on {address}: {reason}',
  ),
  'hub.listener.unavailable': entry(
    'broken',
    500,
    '接口端口的路径 {address} 不可用：{reason}',
    'The path {address} of the interface port is not available: {reason}',
  ),
  'hub.client.refused': entry(
    'denied',
    403,
    '需要由受信任 CA 签发的客户端证书',
    'A client certificate of the trusted CA is required',
  ),
  'hub.request.waits': entry(
    'transient',
    503,
    '请求过多，请稍后重试',
    'Too many requests at once; try again later',
  ),
  'hub.certificate.unusable': entry(
    'broken',
    500,
    '证书文件 {file} 不可用：{reason}',
    'The certificate file {file} cannot be used: {reason}',
  ),
  'hub.request.impossible': entry(
    'broken',
    500,
    '报文无法按端点的契约写出：{reason}',
    'The message cannot be written as the endpoint’s contract asks: {reason}',
  ),
  'numbering.pattern.invalid': entry(
    'rejected',
    422,
    '编号格式不正确：{reason}',
    'The pattern does not hold: {reason}',
  ),
  'numbering.rule.missing': entry(
    'rejected',
    404,
    '没有启用的编号规则 {rule}',
    'No active numbering rule {rule}',
  ),
  'numbering.rule.foreign': entry(
    'denied',
    403,
    '该规则属于集团或其他机构，请新建本机构的规则',
    'This rule is the group’s or another organisation’s; make one of your own',
  ),
  'numbering.series.exhausted': entry(
    'rejected',
    409,
    '流水 {series} 的 {width} 位编号已用完，请修改规则 {rule}',
    'The {width} digits of series {series} are used up; change rule {rule}',
  ),
  'numbering.code.unreadable': entry(
    'rejected',
    422,
    '条码不能识读：{reason}',
    'The code cannot be read: {reason}',
  ),
  'audit.archive.large': entry(
    'rejected',
    422,
    '时间段内超过 {most} 条，请缩短时间段',
    'More than {most} entries in this span; choose a shorter one',
  ),
} as const satisfies Record<string, Entry>;

export type FaultCode = keyof typeof catalogue;

/** Codes that were once given out. They are never used for anything else. */
export const retired: readonly string[] = [];
