import { describe, expect, test } from '@jest/globals';
import { describeConfig, loadConfig } from './config.ts';

const refusal = (env: Record<string, string>) => {
  try {
    loadConfig(env);
  } catch (error) {
    return error as { code: string; message: string; data: Record<string, unknown> };
  }
  throw new Error('was accepted');
};

describe('configuration', () => {
  test('without settings the documented defaults hold', () => {
    const config = loadConfig({ PATH: '/bin', NODE_ENV: 'test' });
    expect(config).toMatchObject({
      production: false,
      httpPort: 3000,
      interfacePort: 3001,
      mllpPort: 2575,
      dataFolder: './data',
      databases: { main: 'sqlite:data/main.sqlite', log: 'sqlite:data/log.sqlite' },
      namespace: 'cytomesh',
      demo: true,
      keysFile: 'data/keys.json',
      logLevel: 'info',
    });
    expect(config.nodeId).toMatch(/^[A-Za-z0-9_-]+-\d+$/);
    for (const key of [
      'transporter',
      'services',
      'redisUrl',
      'mllpTls',
      'httpTls',
      'interfaceTls',
      'interfaceUrl',
    ]) {
      expect(config).not.toHaveProperty(key);
    }
    expect(config.given.size).toBe(0);
  });

  test('every setting is read', () => {
    const config = loadConfig({
      CYTOMESH_HTTP_PORT: '8080',
      CYTOMESH_HTTP_TLS_CERT: '/tls/web.pem',
      CYTOMESH_HTTP_TLS_KEY: '/tls/web.key',
      CYTOMESH_INTERFACE_PORT: '8081',
      CYTOMESH_INTERFACE_URL: 'https://hub.example/cyto',
      CYTOMESH_INTERFACE_TLS_CERT: '/tls/in.pem',
      CYTOMESH_INTERFACE_TLS_KEY: '/tls/in.key',
      CYTOMESH_INTERFACE_TLS_CA: '/tls/partners.pem',
      CYTOMESH_MLLP_PORT: '0',
      CYTOMESH_MLLP_TLS_PORT: '6661',
      CYTOMESH_MLLP_TLS_CERT: '/tls/cert.pem',
      CYTOMESH_MLLP_TLS_KEY: '/tls/key.pem',
      CYTOMESH_MLLP_TLS_CA: '/tls/ca.pem',
      CYTOMESH_MQTT_PORT: '1884',
      CYTOMESH_MQTT_URL: 'mqtts://lab:pw@broker:8883',
      CYTOMESH_DICOM_PORT: '104',
      CYTOMESH_FILE_FOLDER: '/srv/exchange',
      CYTOMESH_DATA: '/var/lib/cytomesh',
      CYTOMESH_DB_MAIN: 'mysql://u:p@db:3306/cyto',
      CYTOMESH_DB_LOG: 'postgres://u:p@db/cyto_log?ssl=1',
      CYTOMESH_DB_MEDIA: 'mariadb://u:p@db/media',
      CYTOMESH_DB_TELEMETRY: 'sqlite:/fast/t.sqlite',
      CYTOMESH_TRANSPORTER: 'nats://a:4222,nats://b:4222',
      CYTOMESH_SERVICES: 'hub, gateway,order',
      CYTOMESH_NODE_ID: 'lab-1',
      CYTOMESH_NAMESPACE: 'site-a',
      CYTOMESH_REDIS_URL: 'redis://:pw@cache:6379/2',
      CYTOMESH_DEMO: 'off',
      CYTOMESH_DEMO_TRAFFIC: 'off',
      CYTOMESH_DEMO_HIS_PORT: '2599',
      CYTOMESH_ALLOWED_ORIGINS: 'https://his.example, http://10.0.0.5:8080',
      CYTOMESH_KEYS: '/etc/cytomesh/keys.json',
      CYTOMESH_LOG_LEVEL: 'warn',
      CYTOMESH_ADMIN_PASSWORD: 'a-long-password',
    });
    expect(config).toMatchObject({
      httpPort: 8080,
      httpTls: { cert: '/tls/web.pem', key: '/tls/web.key' },
      interfacePort: 8081,
      interfaceUrl: 'https://hub.example/cyto',
      interfaceTls: { cert: '/tls/in.pem', key: '/tls/in.key', ca: '/tls/partners.pem' },
      mllpPort: 0,
      mqttPort: 1884,
      mqttUrl: 'mqtts://lab:pw@broker:8883',
      dicomPort: 104,
      fileFolder: '/srv/exchange',
      mllpTls: { port: 6661, cert: '/tls/cert.pem', key: '/tls/key.pem', ca: '/tls/ca.pem' },
      dataFolder: '/var/lib/cytomesh',
      databases: {
        main: 'mysql://u:p@db:3306/cyto',
        log: 'postgres://u:p@db/cyto_log?ssl=1',
        media: 'mariadb://u:p@db/media',
        telemetry: 'sqlite:/fast/t.sqlite',
      },
      transporter: 'nats://a:4222,nats://b:4222',
      services: ['hub', 'gateway', 'order'],
      nodeId: 'lab-1',
      namespace: 'site-a',
      redisUrl: 'redis://:pw@cache:6379/2',
      demo: false,
      demoTraffic: false,
      demoHisPort: 2599,
      allowedOrigins: ['https://his.example', 'http://10.0.0.5:8080'],
      keysFile: '/etc/cytomesh/keys.json',
      logLevel: 'warn',
      adminPassword: 'a-long-password',
    });
    expect(config.given).toEqual(new Set(describeConfig().map((row) => row.name)));
  });

  test('an unknown key stops the start and the nearest known name is told', () => {
    const fault = refusal({ CYTOMESH_HTP_PORT: '3000' });
    expect(fault.code).toBe('kernel.config.invalid');
    expect(fault.data.problem).toBe('CYTOMESH_HTP_PORT is not a setting, the nearest is CYTOMESH_HTTP_PORT');
    expect(refusal({ cytomesh_demo: 'on' }).data.problem).toContain('the nearest is CYTOMESH_DEMO');
  });

  test('an invalid value is refused with the name, what was given and what is expected', () => {
    expect(refusal({ CYTOMESH_HTTP_PORT: 'eighty' }).data.problem).toBe(
      'CYTOMESH_HTTP_PORT is "eighty", expected a port number from 0 (any free one) to 65535',
    );
    for (const [name, bad] of [
      ['CYTOMESH_HTTP_PORT', '65536'],
      ['CYTOMESH_MLLP_PORT', '-1'],
      ['CYTOMESH_MLLP_PORT', '2575.5'],
      ['CYTOMESH_MLLP_PORT', ' 2575'],
      ['CYTOMESH_INTERFACE_URL', 'hub.example'],
      ['CYTOMESH_DEMO', 'yes'],
      ['CYTOMESH_SERVICES', ','],
      ['CYTOMESH_SERVICES', 'hub;order'],
      ['CYTOMESH_LOG_LEVEL', 'loud'],
      ['CYTOMESH_NODE_ID', 'a.b'],
      ['CYTOMESH_TRANSPORTER', 'kafka://x'],
      ['CYTOMESH_REDIS_URL', 'localhost:6379'],
      ['CYTOMESH_DB_MAIN', 'postgres://u:p@db'],
      ['CYTOMESH_ADMIN_PASSWORD', 'short'],
    ] as const) {
      expect(refusal({ [name]: bad }).message).toContain(name);
    }
  });

  test('a value that may be secret is never repeated', () => {
    expect(refusal({ CYTOMESH_DB_MAIN: 'oracle://root:hunter2@db/x' }).message).not.toContain('hunter2');
    expect(refusal({ CYTOMESH_REDIS_URL: 'http://:hunter2@db' }).message).not.toContain('hunter2');
    expect(refusal({ CYTOMESH_ADMIN_PASSWORD: 'hunter2' }).message).not.toContain('hunter2');
  });

  test('an empty variable counts as not set', () => {
    expect(loadConfig({ CYTOMESH_REDIS_URL: '', CYTOMESH_HTTP_PORT: '' })).toMatchObject({ httpPort: 3000 });
  });

  test('half a TLS pair is refused', () => {
    expect(refusal({ CYTOMESH_MLLP_TLS_CERT: 'c.pem' }).message).toContain('CYTOMESH_MLLP_TLS_KEY');
    expect(refusal({ CYTOMESH_MLLP_TLS_CA: 'ca.pem' }).message).toContain('CYTOMESH_MLLP_TLS_CERT');
    expect(refusal({ CYTOMESH_HTTP_TLS_KEY: 'k.pem' }).message).toContain('CYTOMESH_HTTP_TLS_CERT');
    expect(refusal({ CYTOMESH_INTERFACE_TLS_CERT: 'c.pem' }).message).toContain('CYTOMESH_INTERFACE_TLS_KEY');
  });

  test('production has no demo and no known password', () => {
    expect(loadConfig({ NODE_ENV: 'production' }).demo).toBe(false);
    expect(refusal({ NODE_ENV: 'production', CYTOMESH_DEMO: 'on' }).message).toContain('CYTOMESH_DEMO');
    expect(refusal({ NODE_ENV: 'production', CYTOMESH_ADMIN_PASSWORD: 'Cytomesh#Demo1' }).message).toContain(
      'CYTOMESH_ADMIN_PASSWORD',
    );
  });
});
