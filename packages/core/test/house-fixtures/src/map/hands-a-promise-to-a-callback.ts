// oxlint: typescript/no-misused-promises

const send = async (text: string): Promise<number> => text.length

export function sendAll(texts: readonly string[]): void {
  texts.forEach(async text => {
    await send(text)
  })
}
