/** Configurations drawn from the table of elements, and each of them written in the three ways that there are. */

import fc from 'fast-check'
import { stringify } from 'yaml'
import {
  address,
  attributePath,
  interfacePattern,
  multicastGroup,
  nonEmpty,
  ownAddress,
} from '../../../src/config/elements/forms.js'
import type { Element, Elements, Form } from '../../../src/config/elements/kinds.js'
import { rootElements, rootSection } from '../../../src/config/elements/root.js'
import type { ConfigInput } from '../../../src/config/index.js'

/** By the names of the table. */
export interface Drawn {
  readonly [name: string]: Drawn | readonly (Drawn | string)[] | string | number | boolean
}

const letters = ' abcXYZ059-_.:;,!?#&<>"\'[]{}%@=/\\é'
const words = fc
  .string({ unit: fc.constantFrom(...letters.split('')), minLength: 1, maxLength: 12 })
  .map(text => text.trim())
  .filter(text => text !== '')

const ofForm = new Map<Form | undefined, fc.Arbitrary<string>>([
  [undefined, words],
  [nonEmpty, words],
  [attributePath, fc.constantFrom('name', 'address.street', 'items[0].price', 'tags[any]', '__key.id', 'this', 'a b', 'é')],
  [address, fc.constantFrom('10.0.0.1', 'host-1:5701', '[::1]:5702', '10.3.10.4-18', 'fe80::1')],
  [ownAddress, fc.constantFrom('10.0.0.1', 'host-1:5701', '[::1]:5702')],
  [interfacePattern, fc.constantFrom('10.3.16.*', '10.3.10.4-18', '::1')],
  [multicastGroup, fc.constantFrom('224.2.2.3', '239.255.255.255')],
])

function drawn(element: Element): fc.Arbitrary<Drawn[string]> {
  switch (element.kind) {
    case 'int':
      return fc.integer({ min: element.min, max: element.max })
    case 'bool':
      return fc.boolean()
    case 'word':
      return fc.constantFrom(...element.words)
    case 'text':
      return ofForm.get(element.form) as fc.Arbitrary<string>
    case 'list':
      return fc.array(drawn(element.item) as fc.Arbitrary<string>, { maxLength: 2 })
    case 'dict':
      return fc.dictionary(words, drawn(element.item), { maxKeys: 2, noNullPrototype: true })
    case 'section':
      return section(element.fields)
    case 'opaque':
      throw new TypeError('nothing is known of it')
  }
}

function section(elements: Elements): fc.Arbitrary<Drawn> {
  const known = Object.entries(elements).filter(([, element]) => element.kind !== 'opaque')
  const fields = Object.fromEntries(known.map(([name, element]) => [name, drawn(element)]))
  // an object that mentions a section means it: said in all three ways, the three are one
  return fc.record(fields, { requiredKeys: 'enabled' in fields ? ['enabled'] : [], noNullPrototype: true })
}

export const configuration: fc.Arbitrary<Drawn> = section(rootElements)

export const asYaml = (config: Drawn): string => stringify({ hazelcast: config }, { lineWidth: 0 })

export const asJson = (config: Drawn): string => JSON.stringify({ hazelcast: config })

export const asObject = (config: Drawn): ConfigInput => {
  const { map, ...rest } = camel(rootSection, config) as Drawn
  return { ...rest, ...(map === undefined ? {} : { maps: map }) } as ConfigInput
}

function camel(element: Element, value: Drawn[string]): Drawn[string] {
  if (element.kind === 'list') return (value as readonly Drawn[]).map(item => camel(element.item, item)) as readonly Drawn[]
  if (element.kind === 'dict') {
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, camel(element.item, of)]))
  }
  if (element.kind !== 'section') return value
  const named = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [named(name), camel(element.fields[name] as Element, of)]))
}

export const asXml = (config: Drawn): string => asElement('hazelcast', rootSection, config)

const escaped = (text: unknown): string => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

/** Numbers as attributes, other values as elements, and the element's own text where the table knows one. */
function asElement(name: string, element: Element, value: Drawn[string], attributes = ''): string {
  const tag = (inner: string, more = ''): string => `<${name}${attributes}${more}>${inner}</${name}>`
  if (element.kind === 'list') {
    return tag((value as readonly Drawn[]).map(item => asElement(element.of, element.item, item)).join('\n'))
  }
  if (element.kind === 'dict') {
    const items = Object.entries(value).map(([key, item]) => {
      if (element.namedBy === 'name') return asElement(element.of ?? name, element.item, item, ` name="${escaped(key)}"`)
      const inAttributes = Object.entries(item).map(([attribute, of]) => ` ${attribute}="${escaped(of)}"`)
      return `<${element.of}${inAttributes.join('')}>${escaped(key)}</${element.of}>`
    })
    return element.of === null ? items.join('\n') : tag(items.join('\n'))
  }
  if (element.kind !== 'section') return tag(escaped(value))
  const entries = Object.entries(value as Drawn)
  const isAttribute = ([field, of]: (typeof entries)[number]): boolean => typeof of === 'number' && field !== element.text
  const own = element.text === null ? undefined : (value as Drawn)[element.text]
  const inner = entries
    .filter(entry => !isAttribute(entry) && entry[0] !== element.text)
    .map(([field, of]) => asElement(field, element.fields[field] as Element, of))
  const more = entries.filter(isAttribute).map(([field, of]) => ` ${field}="${of}"`)
  return tag(`${own === undefined ? '' : escaped(own)}${inner.join('\n')}`, more.join(''))
}
