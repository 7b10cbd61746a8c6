/** A reference that no other press has. */
export function newRef(): string {
  return `screen-${Array.from(crypto.getRandomValues(new Uint8Array(12)), it => it.toString(16).padStart(2, '0')).join('')}`
}
