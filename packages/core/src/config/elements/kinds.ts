/**
 * What an element of the configuration can be. An element is described once, as a value: the reader checks by it, the type
 * of what was read and the type of what an object may say are derived from it, and the reference page prints it.
 */

import { plain } from '../data-tree.js'

interface Notes {
  /** For the reference: what it does, in one line. */
  readonly doc: string
  /** Other names by which it may be called. */
  readonly also?: readonly string[]
  /** Why it is accepted and does nothing yet. */
  readonly noEffect?: string
  /** Not given means no value. Without this it means the default; for a section, all its defaults. */
  readonly optional?: true
  /** What stands here is never repeated in a problem. */
  readonly secret?: true
}

export interface IntElement extends Notes {
  readonly kind: 'int'
  readonly min: number
  readonly max: number
  readonly default: number
}

export interface BoolElement extends Notes {
  readonly kind: 'bool'
  readonly default: boolean
}

/** Which texts are allowed. */
export interface Form {
  readonly says: string
  accepts(text: string): boolean
}

export interface TextElement extends Notes {
  readonly kind: 'text'
  readonly default: string
  readonly form?: Form
}

export interface WordElement<W extends string = string> extends Notes {
  readonly kind: 'word'
  readonly words: readonly W[]
  readonly default: W
  /** Words of the original that cannot be had here, in upper case, and why. */
  readonly refused: Readonly<Record<string, string>>
}

export interface Broken {
  /** Of the section: the one to point at. Without it, the section. */
  readonly element?: string
  readonly message: string
  readonly allowed: string
}

/** Looks at a whole section, in whichever order its elements stood. */
type Rule<V> = (value: V, isGiven: (element: string) => boolean) => Broken | null

export interface SectionElement<F extends Elements = Elements, T extends string | null = string | null> extends Notes {
  readonly kind: 'section'
  readonly fields: F
  /** Name of the field by every way to write it. */
  readonly names: ReadonlyMap<string, string>
  /** The field that the element's own text fills. */
  readonly text: T
  readonly rules: readonly Rule<never>[]
  /** Names of earlier releases of the original, and what took their place. */
  readonly formerly: ReadonlyMap<string, string>
}

/** XML repeats `of`, with or without this element around them; YAML has a sequence. */
export interface ListElement<I extends Element = Element> extends Notes {
  readonly kind: 'list'
  readonly of: string
  readonly item: I
  /** A text is several items with commas. */
  readonly commas: boolean
}

/** YAML has a mapping from names. XML repeats `of` inside this element; with null, this element itself is what repeats. */
export interface DictElement<I extends Element = Element> extends Notes {
  readonly kind: 'dict'
  readonly of: string | null
  /** Where XML has the name: an attribute, or the text. */
  readonly namedBy: 'name' | '#text'
  readonly item: I
}

/** Taken as it stands. */
export interface OpaqueElement extends Notes {
  readonly kind: 'opaque'
  /** Why a file that enables it is refused: going on without it would be worse than not starting. */
  readonly refused?: string
}

export type Element =
  | IntElement
  | BoolElement
  | TextElement
  | WordElement
  | SectionElement
  | ListElement
  | DictElement
  | OpaqueElement

export interface Elements {
  readonly [name: string]: Element
}

/** What is read of an element. */
export type ValueOf<E> = E extends { readonly kind: 'int' }
  ? number
  : E extends { readonly kind: 'bool' }
    ? boolean
    : E extends { readonly kind: 'text' }
      ? string
      : E extends WordElement<infer W>
        ? W
        : E extends { readonly kind: 'section'; readonly fields: infer F }
          ? SectionValue<F>
          : E extends { readonly kind: 'list'; readonly item: infer I }
            ? readonly ValueOf<I>[]
            : E extends { readonly kind: 'dict'; readonly item: infer I }
              ? ReadonlyMap<string, ValueOf<I>>
              : unknown

export type SectionValue<F> = {
  readonly [K in keyof F]: F[K] extends { readonly optional: true } ? ValueOf<F[K]> | undefined : ValueOf<F[K]>
}

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S

/** What a typed object may say of an element: everything in camelCase, and nothing is required. */
export type InputOf<E> = E extends { readonly kind: 'section'; readonly fields: infer F; readonly text: infer T }
  ? { readonly [K in keyof F & string as Camel<K>]?: InputOf<F[K]> } | (T extends keyof F ? InputOf<F[T]> : never)
  : E extends { readonly kind: 'list'; readonly item: infer I }
    ? readonly InputOf<I>[]
    : E extends { readonly kind: 'dict'; readonly item: infer I }
      ? Readonly<Record<string, InputOf<I>>>
      : ValueOf<E>

export const intMax = 2_147_483_647

export const int = (doc: string, min: number, max: number, value: number): IntElement => {
  return { kind: 'int', doc, min, max, default: value }
}

export const bool = (doc: string, value: boolean): BoolElement => ({ kind: 'bool', doc, default: value })

export const text = (doc: string, value = '', form?: Form): TextElement => {
  return { kind: 'text', doc, default: value, ...(form === undefined ? {} : { form }) }
}

export function word<const W extends string>(
  doc: string,
  words: readonly W[],
  value: NoInfer<W>,
  refused: Readonly<Record<string, string>> = {},
): WordElement<W> {
  return { kind: 'word', doc, words, default: value, refused }
}

export function section<F extends Elements>(
  doc: string,
  fields: F,
  ...rules: readonly Rule<SectionValue<F>>[]
): SectionElement<F, null> {
  const names = Object.entries(fields).flatMap(([name, { also = [] }]) => [name, ...also].map(n => [plain(n), name] as const))
  return { kind: 'section', doc, fields, names: new Map(names), text: null, rules, formerly: new Map() }
}

export function formerly<E extends SectionElement>(names: Readonly<Record<string, string>>, element: E): E {
  return { ...element, formerly: new Map(Object.entries(names).map(([name, now]) => [plain(name), now])) }
}

/** `<port port-count="20">5701</port>` */
export const withText = <F extends Elements, T extends keyof F & string>(
  own: T,
  element: SectionElement<F, null>,
): SectionElement<F, T> => ({ ...element, text: own })

export const list = <I extends Element>(doc: string, of: string, item: I): ListElement<I> => {
  return { kind: 'list', doc, of, item, commas: false }
}

export const commaList = (doc: string, of: string, item: TextElement): ListElement<TextElement> => {
  return { ...list(doc, of, item), commas: true }
}

export const dict = <I extends Element>(doc: string, of: string | null, item: I): DictElement<I> => {
  return { kind: 'dict', doc, of, item, namedBy: 'name' }
}

export const opaque = (doc: string, refused?: string): OpaqueElement => {
  return { kind: 'opaque', doc, ...(refused === undefined ? {} : { refused }) }
}

export const optional = <E extends Element>(element: E): E & { readonly optional: true } => ({ ...element, optional: true })

export const secret = <E extends Element>(element: E): E => ({ ...element, secret: true })

export const without = <E extends Element>(noEffect: string, element: E): E => ({ ...element, noEffect })

export const also = <E extends Element>(names: readonly string[], element: E): E => ({ ...element, also: names })

export function each<const N extends string, E extends Element>(names: readonly N[], element: E): { readonly [name in N]: E } {
  return Object.fromEntries(names.map(name => [name, element])) as { [name in N]: E }
}
