import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/** Jest transformer: TypeScript runs as it is, so its types are blanked in place and line numbers stay true. */
export default {
  process(source, path) {
    return { code: path.endsWith('.ts') ? stripTypeScriptTypes(source, { mode: 'strip' }) : source };
  },
  getCacheKey(source, path) {
    return createHash('sha256')
      .update(process.version)
      .update(path)
      .update('\0')
      .update(source)
      .digest('hex');
  },
};
