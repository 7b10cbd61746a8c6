// How large the words are: kept on this telephone. Everything on the page is measured by it.
export const SIZES = [20, 24, 30] as const
export type Size = typeof SIZES[number]
const KEPT = 'ecd.family.size'

export function keptSize(): Size {
  const kept = Number(localStorage.getItem(KEPT))
  return SIZES.find(it => it === kept) ?? 20
}

export function applySize(size: Size = keptSize()) {
  document.documentElement.dataset.size = String(size)
}

export function chooseSize(size: Size) {
  localStorage.setItem(KEPT, String(size))
  applySize(size)
}
