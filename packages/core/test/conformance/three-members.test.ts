/** Conformance of a cluster in which a client finds most keys elsewhere than it is connected first. */

import { describeConformance } from './conformance.js'

describeConformance(3)
