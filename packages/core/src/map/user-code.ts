/** What of the application runs inside a member: handed down from its start to where operations run. */

import { EntryProcessors } from './entry-processors.js'

export class UserCode {
  readonly processors = new EntryProcessors()
}
