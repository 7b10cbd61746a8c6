import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useSays } from '@/care/useSays'

describe('the sentence at the foot of the phone', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    setActivePinia(createPinia())
    return () => vi.useRealTimers()
  })

  it('does not say any more that something waits once it has arrived', () => {
    const says = useSays()
    says.kept('kept on the phone')
    expect(says.said?.text).toBe('kept on the phone')
    says.delivered('the centre has it')
    expect(says.said).toMatchObject({ text: 'the centre has it', kind: 'good' })
    vi.advanceTimersByTime(10_000)
    expect(says.said).toBeNull()
  })

  it('leaves what was said since, and says nothing by itself', () => {
    const says = useSays()
    says.delivered('the centre has it')
    expect(says.said).toBeNull()
    says.kept('kept on the phone')
    says.say('not taken', 'bad')
    says.delivered('the centre has it')
    expect(says.said?.text).toBe('not taken')
  })
})
