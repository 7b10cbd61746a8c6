// axe-core on a page as it stands. Its script is put in beside the page's policy, which it does not loosen.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export class AxeBuilder {
  constructor(private readonly page: Page) {}

  /** What is serious or critical, as `rule: where`; `within`: of this part only, for what lies under a veil has no colour to be judged. */
  async serious(within?: string): Promise<string[]> {
    await this.page.evaluate(source)
    return this.page.evaluate(async part => {
      const axe = (window as unknown as { axe: { run: (root: Document | string, options: object) => Promise<{ violations: { id: string, impact: string, nodes: { target: string[], failureSummary: string }[] }[] }> } }).axe
      const found = await axe.run(part ?? document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
      return found.violations.filter(it => it.impact === 'serious' || it.impact === 'critical').flatMap(it => it.nodes.map(n => `${it.id}: ${n.target.join(' ')} ${n.failureSummary.slice(0, 220)}`))
    }, within)
  }
}
