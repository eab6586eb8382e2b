import { msg } from '../../state/language.ts';

/** What a segment is for (HL7 v2.5.1, appendix A); Z segments are the sender's own. */
export function segmentName(name: string): string {
  const known: Record<string, [string, string]> = {
    MSH: ['消息头', 'Message header'],
    EVN: ['事件', 'Event'],
    PID: ['患者', 'Patient'],
    PD1: ['患者附加信息', 'Patient, more'],
    NK1: ['联系人', 'Next of kin'],
    PV1: ['就诊', 'Visit'],
    PV2: ['就诊附加信息', 'Visit, more'],
    MRG: ['合并', 'Merge'],
    ORC: ['医嘱', 'Common order'],
    OBR: ['申请项目', 'Observation request'],
    OBX: ['结果', 'Observation'],
    TQ1: ['时间与数量', 'Timing and quantity'],
    SPM: ['标本', 'Specimen'],
    NTE: ['备注', 'Note'],
    DG1: ['诊断', 'Diagnosis'],
    AL1: ['过敏', 'Allergy'],
    IN1: ['保险', 'Insurance'],
    MSA: ['应答', 'Acknowledgement'],
    ERR: ['错误', 'Error'],
    BHS: ['批头', 'Batch header'],
    BTS: ['批尾', 'Batch trailer'],
    FHS: ['文件头', 'File header'],
    FTS: ['文件尾', 'File trailer'],
  };
  const words = known[name];
  if (words !== undefined) return msg(words[0], words[1]);
  return name.startsWith('Z') ? msg('自定义段', 'Local segment') : '';
}
