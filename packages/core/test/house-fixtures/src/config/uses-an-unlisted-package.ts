// knip: unlisted

export const check = async (): Promise<unknown> => import('acorn')
