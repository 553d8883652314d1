/** `hazelcast.xml` as data. */

import type { XmlElement } from '@rgrove/parse-xml'
import { type Data, type Entry, type Place, TEXT } from './data-tree.js'
import { xmlObjection } from './limits.js'
import { LineIndex } from './line-index.js'
import type { Problems } from './problems.js'

const namespace = 'http://www.hazelcast.com/schema/config'

/** Null: a problem was added. */
export async function readXml(text: string, file: string, problems: Problems): Promise<Data | null> {
  const lines = new LineIndex(text, file)
  const refused = xmlObjection(text)
  if (refused !== null) {
    problems.add(lines.place(refused.offset), 'hazelcast', refused.message, { allowed: refused.allowed })
    return null
  }
  const { parseXml, XmlError } = await import('@rgrove/parse-xml')
  let root: XmlElement | null
  try {
    root = parseXml(text, { includeOffsets: true }).root
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    const [what = ''] = error.message.split('\n')
    problems.add(lines.place(error.pos), 'hazelcast', `the file is not well-formed XML: ${what.replace(/ \(line \d+.*/, '')}`)
    return null
  }
  if (root === null) throw new TypeError('a document was parsed that has no root')
  const schema = root.attributes.xmlns ?? namespace
  if (root.name === 'hazelcast' && schema === namespace) return dataOf(root, lines)
  const found = schema === namespace ? '' : ` of ${schema}`
  const allowed = schema === namespace ? '<hazelcast>' : `<hazelcast xmlns="${namespace}">`
  problems.add(lines.place(root.start), root.name, `the root element is <${root.name}>${found}`, { allowed })
  return null
}

/** Attributes of XML itself. */
const isBookkeeping = (name: string): boolean => name === 'xmlns' || /^(xmlns|xsi|xml):/.test(name)

function dataOf(element: XmlElement, lines: LineIndex): Data {
  const place = lines.place(element.start)
  const entries: Entry[] = []
  for (const [name, text] of Object.entries(element.attributes)) {
    if (!isBookkeeping(name)) entries.push({ name, place, value: textAt(place, text) })
  }
  let text = ''
  for (const child of element.children) {
    if (isElement(child)) entries.push({ name: child.name, place: lines.place(child.start), value: dataOf(child, lines) })
    else if (isText(child)) text += child.text
  }
  const own = textAt(place, text)
  if (entries.length === 0) return own
  if (own.text !== '') entries.push({ name: TEXT, place, value: own })
  return { kind: 'map', place, xml: true, entries }
}

type Node = XmlElement['children'][number]
const isElement = (node: Node): node is XmlElement => node.type === 'element'
const isText = (node: Node): node is Extract<Node, { text: string }> => node.type === 'text' || node.type === 'cdata'

const textAt = (place: Place, text: string): Extract<Data, { kind: 'text' }> => ({
  kind: 'text',
  place,
  xml: true,
  text: text.trim(),
})
