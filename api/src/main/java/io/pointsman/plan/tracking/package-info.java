/**
 * How the resolver reads Services and slices: as ports and endpoints of one family on one node. No backend sees it, and the
 * module does not export it; public only for {@code io.pointsman.plan} and for the test kit, whose cases look at this step.
 */
package io.pointsman.plan.tracking;
