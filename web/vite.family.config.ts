// The pages that families and elders open: on whatever telephone there is, in WeChat too. Built by themselves, because what
// they are built for is older than what the desk's map needs.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const PAGES = ['family', 'elder'].filter(it => existsSync(here(`${it}/index.html`)))

export default defineConfig({
  appType: 'mpa',
  plugins: [vue()],
  resolve: { alias: { '@': here('src') } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'dist',
    emptyOutDir: false, // the other pages stand there already
    target: ['es2018', 'chrome64', 'safari12'],
    cssTarget: ['chrome64', 'safari12'],
    manifest: '.vite/manifest-family.json',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: Object.fromEntries(PAGES.map(it => [it, here(`${it}/index.html`)])) },
  },
})
