// good

import type { Document } from 'yaml'

export async function parsed(text: string): Promise<Document> {
  const yaml = await import('yaml')
  return yaml.parseDocument(text)
}
