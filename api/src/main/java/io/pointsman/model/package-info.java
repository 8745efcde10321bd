/**
 * What is known of a cluster: Services, EndpointSlices and Nodes as values that are checked when they are made, and the sources they
 * come from. It knows nothing of plans.
 */
package io.pointsman.model;
