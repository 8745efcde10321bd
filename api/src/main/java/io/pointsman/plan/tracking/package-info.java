/**
 * The resolver's view of Services and slices: ports and endpoints of one family on one node. Backends do not see it: the
 * module exports it to the test kit only, which tests this step.
 */
package io.pointsman.plan.tracking;
