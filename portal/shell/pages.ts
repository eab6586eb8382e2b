import { html, type TemplateResult } from 'lit';
import type { IconName } from '../components/icon/icons.ts';
import { msg } from '../state/language.ts';
import type { PageName, Place } from './routes.ts';

interface PageDef {
  readonly icon: IconName;
  readonly right: string;
  readonly title: () => string;
  readonly about: () => string;
  /** The elements of the page, loaded when it is first shown. */
  readonly load: (detail: boolean) => Promise<unknown>;
  readonly list: (place: Place) => TemplateResult;
  readonly detail: (place: Place) => TemplateResult;
}

/** The pages of the portal, in the order of the navigation. */
export const pages: Readonly<Record<PageName, PageDef>> = {
  orders: {
    icon: 'order',
    right: 'order.read',
    title: () => msg('订单', 'Orders'),
    about: () => msg('来自 HIS 与门户的制备申请，实时更新', 'Requests from the HIS and the portal, live'),
    load: (detail) =>
      detail
        ? import('../pages/order/order-detail.element.ts')
        : import('../pages/order/order-list.element.ts'),
    list: (place) => html`<cytomesh-order-list search=${place.search}></cytomesh-order-list>`,
    detail: (place) => html`<cytomesh-order-detail order-id=${place.id}></cytomesh-order-detail>`,
  },
  donors: {
    icon: 'donor',
    right: 'donor.read',
    title: () => msg('供者', 'Donors'),
    about: () => msg('个人信息默认脱敏显示', 'Personal data is masked by default'),
    load: (detail) =>
      detail
        ? import('../pages/donor/donor-detail.element.ts')
        : import('../pages/donor/donor-list.element.ts'),
    list: (place) => html`<cytomesh-donor-list search=${place.search}></cytomesh-donor-list>`,
    detail: (place) => html`<cytomesh-donor-detail donor-id=${place.id}></cytomesh-donor-detail>`,
  },
  messages: {
    icon: 'message',
    right: 'message.read',
    title: () => msg('消息', 'Messages'),
    about: () => msg('全部接口消息，一秒内找到', 'Every interface message, found in a second'),
    load: (detail) =>
      detail
        ? import('../pages/message/message-detail.element.ts')
        : import('../pages/message/message-browser.element.ts'),
    list: (place) => html`<cytomesh-message-browser search=${place.search}></cytomesh-message-browser>`,
    detail: (place) => html`<cytomesh-message-detail message-id=${place.id}></cytomesh-message-detail>`,
  },
  board: {
    icon: 'screen',
    right: 'channel.read',
    title: () => msg('接口看板', 'Board'),
    about: () =>
      msg(
        '各对方系统的速率、等待、故障与告警，实时',
        'Rate, waiting work, failures and alerts of every partner, live',
      ),
    load: () => import('../pages/channel/channel-board.element.ts'),
    list: () => html`<cytomesh-channel-board></cytomesh-channel-board>`,
    detail: () => html`<cytomesh-channel-board></cytomesh-channel-board>`,
  },
  channels: {
    icon: 'channel',
    right: 'channel.read',
    title: () => msg('通道', 'Channels'),
    about: () => msg('接口端点与通道的实时状态', 'Endpoints and channels as they run'),
    load: (detail) =>
      detail
        ? import('../pages/channel/channel-detail.element.ts')
        : import('../pages/channel/channel-list.element.ts'),
    list: () => html`<cytomesh-channel-list></cytomesh-channel-list>`,
    detail: (place) => html`<cytomesh-channel-detail channel-id=${place.id}></cytomesh-channel-detail>`,
  },
  studio: {
    icon: 'gear',
    right: 'channel.read',
    title: () => msg('接口定义', 'Studio'),
    about: () =>
      msg(
        '端点、通道与映射：对着样例编辑，通过样例才能发布',
        'Endpoints, channels, mappings: edited beside samples, published when they pass',
      ),
    load: (detail) =>
      detail
        ? import('../pages/studio/channel-studio.element.ts')
        : import('../pages/studio/studio-list.element.ts'),
    list: () => html`<cytomesh-studio-list></cytomesh-studio-list>`,
    detail: (place) => html`<cytomesh-channel-studio definition=${place.id}></cytomesh-channel-studio>`,
  },
  codes: {
    icon: 'flow',
    right: 'codeset.read',
    title: () => msg('代码表', 'Code tables'),
    about: () => msg('待对照的代码与全部代码表', 'Codes to be mapped, and all code tables'),
    load: (detail) =>
      detail
        ? import('../pages/codeset/code-table.element.ts')
        : import('../pages/codeset/code-list.element.ts'),
    list: () => html`<cytomesh-code-list></cytomesh-code-list>`,
    detail: (place) => html`<cytomesh-code-table table-id=${place.id}></cytomesh-code-table>`,
  },
  alerts: {
    icon: 'alert',
    right: 'channel.read',
    title: () => msg('告警', 'Alerts'),
    about: () => msg('接口告警：发生一次，恢复一次', 'Alerts of interfaces: opened once, resolved once'),
    load: () => import('../pages/channel/alert-list.element.ts'),
    list: () => html`<cytomesh-alert-list></cytomesh-alert-list>`,
    detail: () => html`<cytomesh-alert-list></cytomesh-alert-list>`,
  },
  partners: {
    icon: 'edit',
    right: 'channel.publish',
    title: () => msg('新建接口', 'New partner'),
    about: () =>
      msg('从模板开始，五分钟接通一个系统', 'From a template to a working interface in five minutes'),
    load: () => import('../pages/partner/partner-wizard.element.ts'),
    list: () => html`<cytomesh-partner-wizard></cytomesh-partner-wizard>`,
    detail: () => html`<cytomesh-partner-wizard></cytomesh-partner-wizard>`,
  },
  audit: {
    icon: 'eye',
    right: 'audit.read',
    title: () => msg('审计', 'Audit'),
    about: () => msg('谁在何时对什么做了什么，可验证', 'Who did what to what, and when; verifiable'),
    load: () => import('../pages/audit/audit-list.element.ts'),
    list: (place) => html`<cytomesh-audit-list search=${place.search}></cytomesh-audit-list>`,
    detail: (place) => html`<cytomesh-audit-list entry-id=${place.id}></cytomesh-audit-list>`,
  },
  users: {
    icon: 'person',
    right: 'user.write',
    title: () => msg('用户', 'Users'),
    about: () => msg('账号、角色与登录策略', 'Accounts, roles and the access policy'),
    load: () => import('../pages/user/user-list.element.ts'),
    list: (place) => html`<cytomesh-user-list search=${place.search}></cytomesh-user-list>`,
    detail: () => html`<cytomesh-user-list></cytomesh-user-list>`,
  },
  account: {
    icon: 'lock',
    right: 'mesh',
    title: () => msg('我的账号', 'My account'),
    about: () => msg('口令、双因素与登录的设备', 'Password, second factor and where you are signed in'),
    load: () => import('../pages/account/account.element.ts'),
    list: () => html`<cytomesh-account></cytomesh-account>`,
    detail: () => html`<cytomesh-account></cytomesh-account>`,
  },
};
