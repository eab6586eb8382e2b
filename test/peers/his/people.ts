import type { Random } from './random.ts';

/** Invented persons. Region 99 of the id number exists nowhere and mobile numbers never begin with 12, so none is real. */
export interface Patient {
  mrn: string;
  authority: string;
  name: string;
  /** Romanised, family name first: `LI MINGYUAN`. */
  pinyin: string;
  sex: 'M' | 'F';
  /** YYYYMMDD. */
  birth: string;
  /** Empty when unknown, as is the phone. */
  idNumber: string;
  phone: string;
  address: string;
}

const families = [
  ['王', 'WANG'],
  ['李', 'LI'],
  ['张', 'ZHANG'],
  ['刘', 'LIU'],
  ['陈', 'CHEN'],
  ['杨', 'YANG'],
  ['赵', 'ZHAO'],
  ['黄', 'HUANG'],
  ['周', 'ZHOU'],
  ['吴', 'WU'],
  ['徐', 'XU'],
  ['孙', 'SUN'],
  ['胡', 'HU'],
  ['朱', 'ZHU'],
  ['高', 'GAO'],
  ['林', 'LIN'],
  ['欧阳', 'OUYANG'],
  ['诸葛', 'ZHUGE'],
] as const;

const given = {
  M: [
    ['志强', 'ZHIQIANG'],
    ['明远', 'MINGYUAN'],
    ['建国', 'JIANGUO'],
    ['浩然', 'HAORAN'],
    ['伟', 'WEI'],
    ['子轩', 'ZIXUAN'],
    ['文博', 'WENBO'],
    ['国栋', 'GUODONG'],
  ],
  F: [
    ['秀英', 'XIUYING'],
    ['丽华', 'LIHUA'],
    ['雨桐', 'YUTONG'],
    ['静', 'JING'],
    ['思琪', 'SIQI'],
    ['桂兰', 'GUILAN'],
    ['欣怡', 'XINYI'],
    ['晓燕', 'XIAOYAN'],
  ],
} as const;

/** Names with a character whose second byte in GBK is a delimiter: 7C `|`, 5C `\`, 5E `^`, 7E `~`. */
export const trailByteNames: readonly { name: string; pinyin: string; bytes: string }[] = [
  { name: '王弢', pinyin: 'WANG TAO', bytes: '8F7C' },
  { name: '金珅', pinyin: 'JIN SHEN', bytes: 'AB7C' },
  { name: '劉質', pinyin: 'LIU ZHI', bytes: 'D97C' },
  { name: '曹頫', pinyin: 'CAO FU', bytes: 'EE5C' },
  { name: '張瑋', pinyin: 'ZHANG WEI', bytes: 'AC7C' },
  { name: '林昞', pinyin: 'LIN BING', bytes: '955C' },
  { name: '吳誠', pinyin: 'WU CHENG', bytes: 'D55C' },
  { name: '陳運', pinyin: 'CHEN YUN', bytes: 'DF5C' },
  { name: '區絕', pinyin: 'OU JUE', bytes: '855EBD5E' },
  { name: '銅億', pinyin: 'TONG YI', bytes: 'E37E837C' },
];

/** A name outside GBK, four bytes in GB18030. */
export const fourByteName = { name: '𠮷田㐂子', pinyin: 'JITIAN XIZI' };

const districts = ['云海区', '江北区', '南湖区', '东岭区'];
const streets = ['和平路', '解放路', '春晖街', '科学大道', '杏林路'];

export function patient(random: Random, mrn: string, authority = 'HIS'): Patient {
  const sex = random.chance(0.5) ? 'M' : 'F';
  const family = random.pick(families);
  const first = random.pick<readonly [string, string]>(given[sex]);
  const birth = `${random.int(1938, 2021)}${two(random.int(1, 12))}${two(random.int(1, 28))}`;
  const base = {
    mrn,
    authority,
    sex,
    birth,
    idNumber: idNumber(birth, random.int(0, 99), sex),
    phone: `1200000${String(random.int(0, 9999)).padStart(4, '0')}`,
    address: `示范市${random.pick(districts)}${random.pick(streets)}${random.int(1, 400)}号`,
  } as const;
  if (!random.chance(0.15))
    return { ...base, name: family[0] + first[0], pinyin: `${family[1]} ${first[1]}` };
  const rare = random.pick(trailByteNames);
  return { ...base, name: rare.name, pinyin: rare.pinyin };
}

/** Eighteen characters with the check character of GB 11643 (ISO 7064 MOD 11-2); the region code 990100 is unassigned. */
export function idNumber(birth: string, serial: number, sex: 'M' | 'F'): string {
  const last = (serial % 5) * 2 + (sex === 'M' ? 1 : 0);
  const digits = `990100${birth}${two(serial % 100)}${last}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, i) => total + weight * Number(digits[i]), 0);
  return digits + '10X98765432'[sum % 11];
}

const two = (n: number) => String(n).padStart(2, '0');
