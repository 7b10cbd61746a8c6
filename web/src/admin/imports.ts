// What the importer says of a cell, as the reader's language has it. The service says it in English; each of its sentences has a key here, and
// one that has none is shown as it is.
import type { Schemas } from '../shared/api/client'

export type Look = Schemas['ImportDto']
export type CellError = Schemas['RowErrorDto']
/** A sheet's lists of entries are shown in pages of so many rows. */
export const ROWS = 50

const SENTENCES: readonly [RegExp, string, ...string[]][] = [
  [/^must not be empty$/, 'empty'],
  [/^must not begin or end with a blank$/, 'blank'],
  [/^must not hold line breaks or control characters$/, 'breaks'],
  [/^is longer than (\d+) characters$/, 'long', 'n'],
  [/^the cell is longer than (\d+) characters/, 'longCell', 'n'],
  [/^has more than (\d+) entries$/, 'entries', 'n'],
  [/^the area (\d+) is not on file/, 'noArea', 'what'],
  [/^expected yes or no/, 'yesNo'],
  [/^expected decimal degrees/, 'degrees'],
  [/^expected a day/, 'day'],
  [/^expected a time/, 'time'],
  [/^is no place on Earth/, 'noPlace'],
  [/^a position needs both/, 'both'],
  [/^is 0, 0/, 'zero'],
  [/^the spreadsheet shortened this number/, 'shortened'],
  [/^the header has more than (\d+) columns$/, 'columns', 'n'],
  [/^the first line must be the header/, 'header'],
  [/^cells must be separated by commas$/, 'commas'],
  [/^the sheet `\w+` has no such column$/, 'noColumn'],
  [/^the column is there twice$/, 'twice'],
  [/^the column `\w+` \((.+)\) is missing$/, 'missing', 'what'],
  [/^the file has more than (\d+) rows/, 'rows', 'n'],
  [/^a quotation mark is opened here/, 'quote'],
  [/^a cell stands under no column name/, 'astray'],
  [/^the row cannot be read$/, 'row'],
  [/^the file cannot be read from here on$/, 'fromHere'],
  [/^the file is empty$/, 'emptyFile'],
  [/^is on line (\d+) already$/, 'again', 'n'],
  [/^another row puts this household/, 'homeGrid'],
  [/^another row gives this household/, 'homeAddress'],
  [/^differs from the day in the identity number$/, 'bornDiffers'],
  [/^nobody is born after today$/, 'bornLater'],
  [/^without a position nobody can say who is near$/, 'noPosition'],
  [/^without a telephone nobody can reach/, 'noPhone'],
  [/^without a position the station/, 'noStationPlace'],
  [/^whoever is away needs a present address$/, 'present'],
  [/^away needs a present address$/, 'present'],
  [/^no such elder is on file/, 'noElder'],
  [/^no such responder is on file/, 'noResponder'],
  [/^no such household is on file/, 'noHousehold'],
  [/^a row is for a grid or for a household/, 'oneOf'],
  [/^either a grid or a household must be named$/, 'neither'],
  [/^at least one post must be held$/, 'post'],
  [/^overlaps another span/, 'overlaps'],
  [/^the clocks are changed at this time/, 'clocks'],
  [/^a shift lasts at most 36 hours$/, 'shift'],
  [/^the area above it, (\d+), is neither/, 'above', 'what'],
  [/^free beds need the number/, 'beds'],
  [/^a station of this kind has no beds$/, 'noBeds'],
  [/^must be the 15-digit code of a grid$/, 'grid'],
  [/^an area code has 6/, 'areaCode'],
  [/^a part of the code is zeros/, 'zeros'],
  [/^somebody who cannot hear/, 'deaf'],
  [/^a restricted contact cannot/, 'restricted'],
  [/^must be 1 to 4 people$/, 'lift'],
  [/^must be 1 to 20 /, 'twenty'],
  [/^must be two different hours/, 'hours'],
  [/^must be 0, or 10 to 604800 seconds$/, 'beat'],
  [/^at most 4 telephone numbers$/, 'phones'],
  [/^`(.+)` is not a known reference system/, 'crs', 'what'],
  [/^`(.+)` is not a known [\w ]+; known are (.+)$/, 'word', 'what', 'known'],
  [/^lies in none of your areas$/, 'notYours'],
  [/^is on file in an area that is not yours$/, 'others'],
  [/^perhaps the same person as (.+): same name/, 'twin', 'what'],
  [/^a position needs its reference system/, 'needsCrs'],
  [/^one of these responders is not on file/, 'oneResponder'],
  [/^whoever is away needs a day of return/, 'returns'],
  [/^a key that nobody holds cannot/, 'keyTested'],
  [/^an unbound device rings/, 'unbound'],
  [/^a device belongs to an elder or to a household/, 'deviceBoth'],
  [/^a terminal's number needs the protocol/, 'protocol'],
  [/^nobody said in which reference system/, 'unresolved'],
  [/^without a base this responder/, 'noBase'],
  [/^expected a whole number from (\d+) to (\d+)$/, 'whole', 'a', 'b'],
  [/^must lie within (\d+) degrees; are latitude/, 'swapped', 'n'],
  [/^must be (?:1 to \d+ letters)/, 'terminal'],
  [/^not a position/, 'notPlace'],
  [/^lat, lon and crs belong together$/, 'together'],
  [/^at least one need/, 'oneNeed'],
  [/^others live in this home/, 'othersLive'],
  [/^whoever is away has an address/, 'awayThere'],
  [/^must be 1 to 366/, 'visitDays'],
  [/^must read #/, 'rgb'],
  [/two needs have the same colour/, 'sameMark'],
  [/one word has two colours/, 'sameWord'],
  [/^there is no such area$/, 'noSuchArea'],
  [/^must close after it opens/, 'closesLater'],
  [/^days are 1/, 'weekDays'],
  [/^the last day must not/, 'lastDay'],
  [/^must lie after from/, 'absentSpan'],
  [/^must not be after today$/, 'afterToday'],
  [/^must not be before the day of birth$/, 'beforeBirth'],
  [/^why is the file taken up again/, 'whyTakenUp'],
  [/^which wording was signed/, 'whichWording'],
  [/^was withdrawn before it was given$/, 'withdrawnFirst'],
  [/^it was taken back after that day/, 'givenAnew'],
  [/^a later assessment is on file$/, 'laterAssessed'],
  [/^levels are 0 to 4$/, 'levels'],
  [/^a level means nothing without its instrument$/, 'levels'],
  [/^level, instrument and day of an assessment belong together$/, 'assessedWhole'],
  [/^purposes, wording and day of a consent belong together$/, 'consentWhole'],
  [/telephone/, 'phone'],
  [/identity number/, 'identity'],
  [/^the home lies ([\d.]+ km) outside the roads/, 'farRoads', 'n'],
  [/^the home lies ([\d.]+ km) from the middle of the homes of (\d+)/, 'farStreet', 'n', 'what'],
]

/** The key of a sentence, and what stands in it. */
export function sentence(message: string): { key: string, values: Record<string, string> } | null {
  for (const [pattern, key, ...names] of SENTENCES) {
    const found = pattern.exec(message)
    if (found) return { key, values: Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? ''])) }
  }
  return null
}

/** Which columns of the file are read as what: only what differs from what the file says of itself. */
export function mapping(look: Look, chosen: Record<string, string>): Record<string, string | null> {
  const names: Record<string, string | null> = {}
  for (const it of look.columns) {
    const as = chosen[it.header]
    if (as !== undefined && it.header) names[it.header] = as || null
  }
  return names
}

/** An empty sheet to fill in, with the mark by which spreadsheets know its encoding. */
export function template(sheet: Schemas['SheetDto'], chinese: boolean): string {
  return `\ufeff${sheet.columns.map(it => (chinese ? it.zh : it.name)).join(',')}\r\n`
}
