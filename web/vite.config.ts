/// <reference types="vitest/config" />
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Every client is a page of its own: what one needs is no burden to another. */
const PAGES = ['console', 'admin', 'care', 'family', 'elder', 'wall'].filter(it => existsSync(here(`${it}/index.html`)))
/** These are built for older browsers: vite.family.config.ts. While they are worked on all come from here. */
const BUILT_APART = ['family', 'elder']

/** Where the service answers while the pages are worked on (`npm run dev`). */
const SERVICE = process.env.ECD_SERVICE ?? 'http://127.0.0.1:8080'

export default defineConfig({
  appType: 'mpa',
  plugins: [
    vue(),
    Components({ dts: false, dirs: [], resolvers: [ElementPlusResolver({ importStyle: 'css' }), VantResolver()] }),
    {
      // Vant's icons are a font inside its style sheet and another on a public host: 30 KB and a stranger. We draw our own.
      name: 'no-vant-icons',
      enforce: 'pre',
      load(id) {
        if (/[\\/]vant[\\/]es[\\/]icon[\\/]index\.css/.test(id)) return '.van-icon{position:relative;display:inline-block}'
        return undefined
      },
    },
    {
      // While working: /console/whatever is the console's page, as the service answers it.
      name: 'deep-links',
      configureServer(server) {
        server.middlewares.use((request, _, next) => {
          const page = PAGES.find(it => request.url?.match(new RegExp(`^/${it}(/[^.]*)?(\\?.*)?$`)))
          if (page) request.url = `/${page}/index.html`
          next()
        })
      },
    },
  ],
  resolve: { alias: { '@': here('src') } },
  define: {
    __VUE_OPTIONS_API__: 'true', // Element Plus has components that need it
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    target: ['es2022', 'chrome100', 'safari15.4', 'firefox100'],
    manifest: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    assetsInlineLimit: 0, // the policy of the pages lets nothing in from a data address but images
    rolldownOptions: {
      input: Object.fromEntries(PAGES.filter(it => !BUILT_APART.includes(it)).map(it => [it, here(`${it}/index.html`)])),
      // The libraries of the map and the charts are large and change seldom: files of their own stay in the cache over our updates.
      output: { codeSplitting: { groups: [{ name: 'echarts', test: /node_modules[\\/](echarts|zrender|tslib)[\\/].*\.m?js$/ }, { name: 'drawing', test: /node_modules[\\/]terra-draw.*\.m?js$/ }, { name: 'maplibre', test: /node_modules[\\/](maplibre-gl|@maplibre|@mapbox)[\\/].*\.m?js$/ }] } },
    },
  },
  server: { port: 5178, strictPort: true, proxy: { '/api': { target: SERVICE, ws: true } } },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'], restoreMocks: true },
})
