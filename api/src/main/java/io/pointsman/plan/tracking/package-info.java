/**
 * How the resolver reads Services and slices: as ports and endpoints of one family on one node. No backend sees it: the module
 * exports it to the test kit only, whose cases look at this step.
 */
package io.pointsman.plan.tracking;
