import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** The product that `npm run dev` and `vite preview` show the page of. */
const SERVER = process.env.FOTOGRAMA_SERVER ?? 'http://localhost:8080';

/** Puts a `.br` and a `.gz` beside each file that text compresses well in. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, output] of Object.entries(bundle)) {
          if (!/\.(html|js|css|svg|json)$/.test(fileName)) continue;
          const bytes = Buffer.from(output.type === 'chunk' ? output.code : output.source);
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotli(bytes) });
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzip(bytes) });
        }
      },
    },
  };
}

function brotli(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
}

function gzip(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: 9 });
}

export default defineConfig({
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [precompressed()],
  css: { transformer: 'lightningcss' },
  build: {
    outDir: 'src/fotograma_web/static',
    emptyOutDir: true,
    target: ['chrome123', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssMinify: 'lightningcss',
    reportCompressedSize: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'index', tags: ['$initial'] }] } },
    },
  },
  worker: { format: 'es' },
  server: { proxy: proxied() },
  preview: { proxy: proxied() },
});

function proxied() {
  return Object.fromEntries(
    ['/auth', '/video', '/notify'].map((path) => [path, { target: SERVER, xfwd: true }]),
  );
}
