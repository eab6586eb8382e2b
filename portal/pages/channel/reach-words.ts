import type { ChannelReachResult } from '../../api/client.generated.ts';
import type { Tone } from '../../api/meta.ts';
import { msg } from '../../state/language.ts';

type Reached = ChannelReachResult['items'][number];

export const reachTone = ({ outcome }: Reached): Tone =>
  ({ good: 'good', bad: 'bad', unknown: 'neutral' })[outcome] as Tone;

/** What came of trying an address. */
export function reachText({ way, reason, ms }: Reached): string {
  const taken = /^taken ?(.*)$/.exec(reason);
  if (taken)
    return taken[1] ? msg(`已被 ${taken[1]} 占用`, `taken by ${taken[1]}`) : msg('已被占用', 'taken');
  const known: Record<string, string> = {
    free: msg('空闲，可以监听', 'free to listen on'),
    ours: msg('正在监听', 'listening'),
    open: msg(`对方接受连接，${ms} 毫秒`, `the peer takes connections, ${ms} ms`),
    timeout: msg('超时：对方没有反应，检查地址与防火墙', 'no reaction in time: check address and firewall'),
    ECONNREFUSED: msg('对方拒绝连接：端口上没有服务', 'refused: nothing listens on that port'),
    ENOTFOUND: msg('找不到该主机名', 'no such host name'),
    EHOSTUNREACH: msg('主机不可达', 'the host is out of reach'),
    EADDRINUSE: msg('端口已被其他程序占用', 'the port is taken by another program'),
    EACCES: msg('没有权限使用该端口', 'not permitted to use that port'),
    'nothing to try':
      way === 'listen'
        ? msg('启动后才知道', 'known once it is started')
        : msg('没有可试的地址', 'no address to try'),
  };
  return known[reason] ?? reason;
}
