// knip: files

export const lonely = 1
