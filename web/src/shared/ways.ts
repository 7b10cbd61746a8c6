// Ways out of the house as the service names them, and its stable words for why one has come to nothing.

/** The way of a channel's name, `voice:second` is a call; none of ours: the name itself. */
export function wayOf(channel: string): string {
  return channel.split(':')[0] ?? channel
}

const WHYS: readonly [RegExp, string][] = [
  [/no address on file/, 'noAddress'], [/switched off by themselves/, 'switchedOff'], [/restricted by the elder/, 'restricted'], [/^quota|: quota/, 'quota'], [/no carrier|no way/, 'noCarrier'],
  [/no template/, 'noTemplate'], [/not on the list/, 'foreign'], [/no more|^gone|no such member|bad_number|takes no short/, 'gone'], [/did not answer|timed out|timeout|no answer/, 'silent'], [/busy/, 'busy'],
]
/** Which words say why somebody was not told; none: the provider's own word is said. */
export function whyKey(why: string): string | undefined {
  return WHYS.find(it => it[0].test(why))?.[1]
}
