// oxlint: typescript/await-thenable

export async function length(text: string): Promise<number> {
  const n = await text.length
  return n + 1
}
