import { type Channel, channelStart, channelStop } from '../../api/client.generated.ts';
import type { Caller } from '../../api/http.ts';
import type { Question } from '../../components/dialog/confirm.element.ts';
import { msg } from '../../state/language.ts';
import { channelName } from './channel-words.ts';

/** The dialog that starts or stops a channel. */
export function switchQuestion(http: Caller, channel: Channel, done: (channel: Channel) => void): Question {
  const stop = channel.enabled;
  const name = channelName(channel);
  return {
    heading: stop ? msg(`停止“${name}”`, `Stop “${name}”`) : msg(`启动“${name}”`, `Start “${name}”`),
    text: stop
      ? msg(
          '停止后不再收发；已接收的消息不会丢失，启动后继续。',
          'Nothing is taken or sent while it is stopped; what was taken is kept and goes on after the start.',
        )
      : msg('启动后立即开始收发。', 'It begins at once.'),
    icon: stop ? 'stop' : 'play',
    action: stop ? msg('停止', 'Stop') : msg('启动', 'Start'),
    reason: stop ? 'required' : 'optional',
    reasons: stop
      ? [msg('计划维护', 'Planned maintenance'), msg('对方系统升级', 'The partner upgrades')]
      : [],
    run: async ({ reason, key }) => {
      const params = { id: channel.id, ...(reason === '' ? {} : { reason }) };
      done(await (stop ? channelStop : channelStart)(http, params, { key }));
    },
  };
}
