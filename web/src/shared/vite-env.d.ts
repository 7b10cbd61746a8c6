/// <reference types="vite/client" />
/** The files of a worker's page, put in by `vite.sw.config.ts`. */
declare const __PRECACHE__: { url: string, revision: string | null }[]
/** `/care`: where it lives. */
declare const __PAGE__: string
declare module '*?worker&url' {
  const url: string
  export default url
}
