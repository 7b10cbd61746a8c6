// What the service answers when it does not do a thing: a stable code, a sentence, the fields that were wrong.
import type { components } from './schema'

export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
    readonly retryAfterSeconds?: number,
    /** What was wrong, field by field. */
    readonly fields: readonly components['schemas']['FieldError'][] = [],
  ) {
    super(detail)
    this.name = 'Problem'
  }

  /** Nothing came back: the request may or may not have been done; its Idempotency-Key makes asking again safe. */
  static unreachable(): Problem {
    return new Problem('unreachable', 0, 'the service does not answer')
  }

  static async of(answer: Response): Promise<Problem> {
    let body: Partial<components['schemas']['ProblemDto']> = {}
    try {
      body = await answer.clone().json()
    } catch {
      // A proxy's page is no problem of ours; the status has to do.
    }
    const wait = Number(answer.headers.get('retry-after'))
    return new Problem(body.code ?? `http_${answer.status}`, answer.status, body.detail ?? body.title ?? answer.statusText, wait || undefined, body.errors)
  }
}
