// rooms: packages-for-config-only

export const parse = async (text: string): Promise<unknown> => (await import('yaml')).parse(text)
