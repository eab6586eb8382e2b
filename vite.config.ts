import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { mock } from './portal/dev/mock.ts';

const portal = resolve(import.meta.dirname, 'portal');

/** The portal: the shell, the elements for foreign pages under a stable name, and an example of such a page. */
export default defineConfig({
  root: portal,
  base: '/',
  publicDir: false,
  logLevel: 'warn',
  plugins: [mock()],
  build: {
    outDir: resolve(portal, 'dist'),
    emptyOutDir: true,
    target: ['chrome109', 'edge109', 'firefox115', 'safari16.4'],
    // The embedded elements are loaded from another origin: chunks find each other by relative imports only.
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      preserveEntrySignatures: 'exports-only',
      input: {
        index: resolve(portal, 'index.html'),
        'embed-example': resolve(portal, 'embed-example.html'),
        cytomesh: resolve(portal, 'embed/cytomesh.ts'),
      },
      output: {
        entryFileNames: (chunk) =>
          chunk.name === 'cytomesh' ? 'embed/cytomesh.js' : 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
});
