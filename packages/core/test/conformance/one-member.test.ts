/** Conformance of a member that is alone. */

import { describeConformance } from './conformance.js'

describeConformance(1)
