// biome: format

export const  name = "by hand";
