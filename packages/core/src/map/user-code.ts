/** What of the application runs inside a member: handed down from its start to where operations run. */

import { Comparators } from './comparators.js'
import { EntryProcessors } from './entry-processors.js'
import { Interceptors } from './interceptors.js'

export class UserCode {
  readonly processors = new EntryProcessors()
  readonly interceptors = new Interceptors()
  readonly comparators = new Comparators()
}
