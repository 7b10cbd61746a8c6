// One piece of a page on paper. It is laid beside the page, shown to the printer only, and taken away afterwards.
import './print.css'

/** Prints `nodes` under this look (`door`, or none). Answers when the browser's dialog is over. */
export async function printed(nodes: readonly Node[], look = ''): Promise<void> {
  const sheet = document.createElement('div')
  sheet.className = `print-sheet ${look}`.trim()
  sheet.append(...nodes)
  document.body.append(sheet)
  document.documentElement.classList.add('printing')
  try {
    // A picture that is not there yet would be a white square.
    await Promise.all([...sheet.querySelectorAll('img')].map(it => it.decode().catch(() => {})))
    window.print()
  } finally {
    document.documentElement.classList.remove('printing')
    sheet.remove()
  }
}

/** An element with its text: nothing of it is read as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(name: K, text = ''): HTMLElementTagNameMap[K] {
  const it = document.createElement(name)
  it.textContent = text
  return it
}
