// seam: seam-chance

const { random } = Math

export const draw = (): number => random()
