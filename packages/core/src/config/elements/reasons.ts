/** Why something is accepted and does nothing. */

export const later = 'it does nothing yet'
export const elsewhere = 'this service does not exist here'
export const java = 'it names Java code, which does not run here'
export const inMemory = 'entries live in memory only'
