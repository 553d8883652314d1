// oxlint: typescript/no-floating-promises

const send = async (text: string): Promise<number> => text.length

export function sendAll(texts: readonly string[]): void {
  for (const text of texts) send(text)
}
