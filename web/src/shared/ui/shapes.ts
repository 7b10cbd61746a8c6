// Shapes in a box of 24: a severity, a state or a mode is told by its shape and its word before its colour.
export const SHAPES = {
  critical: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z',
  urgent: 'M12 2.5 22.5 21h-21z',
  routine: 'M4 4h16v16H4z',
  technical: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
} as const
/** The sign inside the shape, cut out of it. */
export const SIGNS = {
  critical: 'M11 6h2v8h-2zM11 16h2v2h-2z',
  urgent: 'M11 9h2v6h-2zM11 16.500h2v2h-2z',
  routine: 'M8 11h8v2H8z',
  technical: 'M11 10h2v7h-2zM11 7h2v2h-2z',
} as const
export type SeverityWord = keyof typeof SHAPES
